//! The settings that say how much a request, a document, an answer and a WebSocket may have.

use api::Limits;
use clap::{Args, value_parser};
use std::time::Duration;

/// How much a request, a document, an answer and a WebSocket may have.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// The most bytes of a request, and of a message on a WebSocket
    #[arg(long, env = "TENURE_LIMIT_BODY_BYTES", default_value_t = 262_144, global = true, value_parser = value_parser!(u64).range(1024..=16_777_216))]
    pub limit_body_bytes: u64,

    /// The most requests in one body; 0 for no batches
    #[arg(long, env = "TENURE_LIMIT_BATCH", default_value_t = 0, global = true, value_parser = value_parser!(u64).range(0..=100))]
    pub limit_batch: u64,

    /// The most bytes of a document
    #[arg(long, env = "TENURE_LIMIT_DOCUMENT_BYTES", default_value_t = 32_768, global = true, value_parser = value_parser!(u64).range(1024..=1_048_576))]
    pub limit_document_bytes: u64,

    /// The most tokens of a document
    #[arg(long, env = "TENURE_LIMIT_TOKENS", default_value_t = 8_000, global = true, value_parser = value_parser!(u64).range(100..=1_000_000))]
    pub limit_tokens: u64,

    /// How deep a document nests; the standard introspection query needs 14
    #[arg(long, env = "TENURE_LIMIT_DEPTH", default_value_t = 16, global = true, value_parser = value_parser!(u64).range(14..=30))]
    pub limit_depth: u64,

    /// The most fields that a document selects
    #[arg(long, env = "TENURE_LIMIT_FIELDS", default_value_t = 2_000, global = true, value_parser = value_parser!(u64).range(200..=100_000))]
    pub limit_fields: u64,

    /// The most fields at the root of an operation
    #[arg(long, env = "TENURE_LIMIT_ROOT_FIELDS", default_value_t = 100, global = true, value_parser = value_parser!(u64).range(1..=10_000))]
    pub limit_root_fields: u64,

    /// The most fields that a document gives another name
    #[arg(long, env = "TENURE_LIMIT_ALIASES", default_value_t = 200, global = true, value_parser = value_parser!(u64).range(0..=10_000))]
    pub limit_aliases: u64,

    /// The most directives in a document
    #[arg(long, env = "TENURE_LIMIT_DIRECTIVES", default_value_t = 100, global = true, value_parser = value_parser!(u64).range(0..=10_000))]
    pub limit_directives: u64,

    /// The most fragments that a document defines
    #[arg(long, env = "TENURE_LIMIT_FRAGMENTS", default_value_t = 100, global = true, value_parser = value_parser!(u64).range(4..=10_000))]
    pub limit_fragments: u64,

    /// The most variables of an operation
    #[arg(long, env = "TENURE_LIMIT_VARIABLES", default_value_t = 100, global = true, value_parser = value_parser!(u64).range(0..=10_000))]
    pub limit_variables: u64,

    /// The most entries of a list in arguments and variables
    #[arg(long, env = "TENURE_LIMIT_LIST_ENTRIES", default_value_t = 1_000, global = true, value_parser = value_parser!(u64).range(1..=100_000))]
    pub limit_list_entries: u64,

    /// How deep the lists of the introspection nest; the standard query needs 1
    #[arg(long, env = "TENURE_LIMIT_INTROSPECTION_DEPTH", default_value_t = 1, global = true, value_parser = value_parser!(u64).range(1..=10))]
    pub limit_introspection_depth: u64,

    /// The most points that an operation costs
    #[arg(long, env = "TENURE_LIMIT_COMPLEXITY", default_value_t = 500_000, global = true, value_parser = value_parser!(u64).range(1_000..=4_000_000_000))]
    pub limit_complexity: u64,

    /// The most errors of an answer
    #[arg(long, env = "TENURE_LIMIT_ERRORS", default_value_t = 50, global = true, value_parser = value_parser!(u64).range(1..=10_000))]
    pub limit_errors: u64,

    /// The documents that are kept for clients who name them by their hashes; 0 for none
    #[arg(long, env = "TENURE_LIMIT_PERSISTED", default_value_t = 1_000, global = true, value_parser = value_parser!(u64).range(0..=1_000_000))]
    pub limit_persisted: u64,

    /// For how many seconds a query or mutation may run
    #[arg(long, env = "TENURE_LIMIT_OPERATION_TIME", default_value_t = 10, global = true, value_parser = value_parser!(u64).range(1..=600))]
    pub limit_operation_time: u64,

    /// For how many seconds `advanceClock` may run
    #[arg(long, env = "TENURE_LIMIT_ADVANCE_TIME", default_value_t = 60, global = true, value_parser = value_parser!(u64).range(1..=3600))]
    pub limit_advance_time: u64,

    /// The most open WebSockets of one caller
    #[arg(long, env = "TENURE_LIMIT_SOCKETS", default_value_t = 1_000, global = true, value_parser = value_parser!(u64).range(1..=1_000_000))]
    pub limit_sockets: u64,

    /// The most operations of one WebSocket at a time
    #[arg(long, env = "TENURE_LIMIT_OPERATIONS", default_value_t = 100, global = true, value_parser = value_parser!(u64).range(1..=100_000))]
    pub limit_operations: u64,

    /// The most operations of all WebSockets of one caller at a time
    #[arg(long, env = "TENURE_LIMIT_OPERATIONS_PER_CALLER", default_value_t = 5_000, global = true, value_parser = value_parser!(u64).range(1..=1_000_000))]
    pub limit_operations_per_caller: u64,

    /// For how many seconds a WebSocket waits for `connection_init`
    #[arg(long, env = "TENURE_LIMIT_INIT_TIME", default_value_t = 10, global = true, value_parser = value_parser!(u64).range(1..=600))]
    pub limit_init_time: u64,

    /// For how many seconds a client may take to receive a message on a WebSocket
    #[arg(long, env = "TENURE_LIMIT_SEND_TIME", default_value_t = 10, global = true, value_parser = value_parser!(u64).range(1..=600))]
    pub limit_send_time: u64,
}

impl LimitSettings {
    /// As the API takes them.
    pub fn limits(&self) -> Limits {
        let count = |setting: u64| usize::try_from(setting).unwrap_or(usize::MAX);
        Limits {
            body_bytes: count(self.limit_body_bytes),
            batch: count(self.limit_batch),
            document_bytes: count(self.limit_document_bytes),
            tokens: count(self.limit_tokens),
            depth: count(self.limit_depth),
            fields: count(self.limit_fields),
            root_fields: count(self.limit_root_fields),
            aliases: count(self.limit_aliases),
            directives: count(self.limit_directives),
            fragments: count(self.limit_fragments),
            variables: count(self.limit_variables),
            list_entries: count(self.limit_list_entries),
            introspection_depth: count(self.limit_introspection_depth),
            complexity: count(self.limit_complexity),
            errors: count(self.limit_errors),
            persisted: count(self.limit_persisted),
            operation_time: Duration::from_secs(self.limit_operation_time),
            advance_time: Duration::from_secs(self.limit_advance_time),
            sockets: count(self.limit_sockets),
            operations: count(self.limit_operations),
            operations_per_caller: count(self.limit_operations_per_caller),
            init_time: Duration::from_secs(self.limit_init_time),
            send_time: Duration::from_secs(self.limit_send_time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        limits: LimitSettings,
    }

    #[test]
    fn what_nobody_sets_is_as_the_api_has_it() {
        let settings = Settings::parse_from(["tenure"]);
        assert_eq!(settings.limits.limits(), Limits::default());
    }
}
