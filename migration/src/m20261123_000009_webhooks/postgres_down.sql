drop table webhook_position;
drop table webhook_attempt;
drop table webhook_delivery;
drop table webhook_secret;
drop table webhook_endpoint;
