// A server of a test's own, with settings of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that runs for a test. */
export class Tenure {
  #process;
  #ended;
  said = ''; // what it printed

  constructor(env, directory, command) {
    this.#process = spawn(process.env.DEMO_BIN, command, { env, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => {
      this.#process.once('close', resolve);
    });
  }

  /** One with these settings and no others. */
  static async start(settings, directory, ...command) {
    const started = new Tenure(settings, directory, command.length > 0 ? command : ['serve']);
    for (const stream of [started.#process.stdout, started.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (data) => {
        started.said += data;
      });
    }
    // Whatever becomes of the test, nothing is left running.
    process.once('exit', () => started.kill());
    const end = Date.now() + 60_000;
    while (!(started.url = started.said.match(/listening on (http:\/\/127\.0\.0\.1:\d+)/)?.[1])) {
      assert.ok(started.#process.exitCode === null && Date.now() < end, `it printed no address:\n${started.said}`);
      await sleep(50);
    }
    return started;
  }

  async ask(token, query, variables) {
    return fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
  }

  async data(token, query, variables) {
    const answer = await this.ask(token, query, variables);
    const { data, errors } = await answer.json();
    assert.deepEqual([answer.status, errors], [200, undefined]);
    return data;
  }

  /** Insists that this token lets nobody in, and that nothing is executed. */
  async refuses(token, why) {
    for (const query of ['{ viewer { kind } }', '{ __schema { queryType { name } } }', 'this is no GraphQL']) {
      const answer = await this.ask(token, query);
      assert.equal(answer.status, 401, why);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/, why);
      const { data, errors } = await answer.json();
      assert.deepEqual([data, errors.map(({ extensions }) => extensions.code)], [undefined, ['UNAUTHENTICATED']], why);
    }
  }

  kill() {
    this.#process.kill('SIGKILL');
  }

  /** The code with which it ends when it is asked to. */
  async stop() {
    this.#process.kill('SIGTERM');
    return this.#ended;
  }
}
