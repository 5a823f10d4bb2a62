//! Values of our scalars that are none.

use crate::harness::{App, Db};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_value_of_a_scalar_is_refused_where_it_stands() {
    const INSTANT: &str =
        "query($value: DateTime) { appSubscriptions(filter: { endsFrom: $value }) { totalCount } }";
    const DAY: &str = "mutation($value: Date!) { attestCustomerAgreement(input: { organizationId: \"x\", version: \"1\", \
       name: \"Finn\", email: \"finn@fabrikam.example\", acceptedOn: $value }) { userErrors { code } } }";
    let app = App::on(Db::Sqlite).await;
    for (document, field, good, wrong) in [
        (
            INSTANT,
            "appSubscriptions",
            "2026-01-31T09:00:00+01:00",
            &["", "tomorrow", "2026-01-31", "2026-02-30T09:00:00Z", "2026-01-31T25:00:00Z"][..],
        ),
        (
            DAY,
            "attestCustomerAgreement",
            "2026-01-31",
            &["", "tomorrow", "2026-02-30", "2026-1-5", "+12345-01-01", "2026-01-31T09:00:00Z"][..],
        ),
    ] {
        let client = if document == INSTANT { app.ada() } else { app.tailspin() };
        let answer = client.asks(document, json!({ "value": good })).await;
        assert!(answer.body["errors"].is_null(), "{}", answer.body);
        for wrong in wrong.iter().map(|text| json!(text)).chain([
            json!(7),
            json!(true),
            json!(["2026-01-31"]),
            json!({}),
        ]) {
            let answer = client.asks(document, json!({ "value": wrong })).await;
            assert_eq!(answer.failed(), "BAD_USER_INPUT", "{field} {wrong}");
            assert_eq!(answer.body["errors"][0]["path"], json!([field]), "{wrong}: {}", answer.body);
        }
    }
}
