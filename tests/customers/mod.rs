//! Customers and those who serve them: partners, the agreement, the regions, set-up, licences of people.

mod agreement;
mod licenses;
mod partnerships;
mod regions;
mod set_up;

use crate::harness::Client;
use serde_json::json;

/// The id of the client's organization.
async fn organization_of(client: &Client<'_>) -> String {
    let viewer = client.sends("Viewer", json!({})).await.done();
    viewer.text("/viewer/organization/id").to_owned()
}
