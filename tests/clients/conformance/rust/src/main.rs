//! Prints the request of KitList, or checks with `answer` that what comes on standard input is its answer.

use graphql_client::{GraphQLQuery, Response};

/// The list of the kit, with types that are derived from the schema.
#[derive(GraphQLQuery)]
#[graphql(schema_path = "../../../../schema.graphql", query_path = "../kit.graphql", response_derives = "Debug")]
pub struct KitList;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() != Some("answer") {
        println!("{}", serde_json::to_string(&KitList::build_query(kit_list::Variables))?);
        return Ok(());
    }
    let answer: Response<kit_list::ResponseData> = serde_json::from_reader(std::io::stdin())?;
    match answer.data {
        Some(data) if answer.errors.is_none() && !data.app_subscriptions.edges.is_empty() => Ok(()),
        _ => Err(format!("{:?}", answer.errors).into()),
    }
}
