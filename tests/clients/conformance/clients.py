"""A client library of Python, gql: a query after introspection, a mutation and a subscription."""

import asyncio
import json
import os
import sys
from pathlib import Path

from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import parse, print_ast

KIT = parse((Path(__file__).parent / "kit.graphql").read_text())
VARIABLES = json.loads(os.environ["VARS"])
HEADERS = {"Authorization": os.environ["AUTH"]}
PASSED = []
FAILED = []


def operation(name):
    kept = [part for part in KIT.definitions if part.kind == "fragment_definition" or part.name.value == name]
    return GraphQLRequest(gql("\n".join(map(print_ast, kept))), variable_values=VARIABLES.get(name))


async def over_http(name, introspect):
    transport = AIOHTTPTransport(url=os.environ["GRAPHQL_URL"], headers=HEADERS)
    async with Client(transport=transport, fetch_schema_from_transport=introspect) as session:
        (answer,) = (await session.execute(operation(name))).values()
        assert answer and not answer.get("userErrors"), answer


async def three_events():
    transport = WebsocketsTransport(
        url=os.environ["GRAPHQL_WS_URL"],
        init_payload=HEADERS,
        subprotocols=["graphql-transport-ws"],
        ping_interval=1,
    )
    seen = 0
    async with Client(transport=transport) as session:
        async for _ in session.subscribe(operation("KitStream")):
            seen += 1
            if seen == 3:
                break


async def check(name, doing):
    try:
        await asyncio.wait_for(doing, 30)
        PASSED.append(name)
        print(f"ok   {name}")
    except Exception as error:  # whatever it is, it is the answer
        FAILED.append(name)
        print(f"FAIL {name}: {type(error).__name__} {str(error)[:300]}")


async def main():
    await check("Python's gql: a query, validated after introspection", over_http("KitList", True))
    await check("Python's gql: a mutation", over_http("KitCreate", False))
    await check("Python's gql: a subscription", three_events())
    print(f"{len(PASSED)} passed, {len(FAILED)} failed")
    sys.exit(bool(FAILED))


asyncio.run(main())
