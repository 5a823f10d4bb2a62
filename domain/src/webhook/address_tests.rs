//! The addresses that webhooks are sent to, and those that they are not, spelt in many ways.

use super::*;

#[test]
fn public_addresses_are_public() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.31.196.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
        "2001:4:112::1",
        "2620:4f:8000::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn all_others_are_not() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:c0a8:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn loopback_is_allowed_by_the_setting_and_nothing_else_is() {
    for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
        assert!(is_allowed(address.parse().unwrap(), true), "{address}");
        assert!(!is_allowed(address.parse().unwrap(), false), "{address}");
    }
    for address in ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "fe80::1", "fd00::1"] {
        assert!(!is_allowed(address.parse().unwrap(), true), "{address}");
    }
}

#[test]
fn a_url_may_not_hide_where_it_leads() {
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://①②⑦.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::]/",
        "https://0/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0xa9fea9fe/",
        "https://[fe80::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://10.0.0.1:8443/",
    ] {
        assert_eq!(destination(url, false), Err(Refused::NotPublic), "{url}");
    }
    for url in ["http://hooks.example/", "ftp://hooks.example/", "http://127.0.0.1/", "http://8.8.8.8/"] {
        assert_eq!(destination(url, false), Err(Refused::NotEncrypted), "{url}");
    }
    for url in ["", "hooks.example", "https://", "https://[::1", "https://999.1.1.1/"] {
        assert_eq!(destination(url, false), Err(Refused::NoAddress), "{url}");
    }
    for url in ["https://hooks.example/a?b", "https://8.8.8.8/", "https://[2606:4700::1111]:8443/"] {
        assert!(destination(url, false).is_ok(), "{url}");
    }
}

#[test]
fn in_development_this_machine_need_not_be_encrypted() {
    for url in ["http://127.0.0.1:9/", "http://localhost:9/x", "http://[::1]/", "https://localhost/"] {
        assert!(destination(url, true).is_ok(), "{url}");
    }
    for url in ["http://hooks.example/", "http://localhost.example/"] {
        assert_eq!(destination(url, true), Err(Refused::NotEncrypted), "{url}");
    }
    for url in ["https://10.0.0.1/", "https://169.254.169.254/", "https://0.0.0.0/"] {
        assert_eq!(destination(url, true), Err(Refused::NotPublic), "{url}");
    }
}
