//! Claims and what becomes of them.

use super::*;

const NOW: i64 = 1_800_000_000;

fn rules() -> Rules {
    Rules { issuer: None, parties: None, roles: Roles::parse(Roles::DEFAULT).unwrap() }
}

fn at(rules: &Rules, claims: &str, millis: i64) -> Result<Session, SessionFault> {
    rules.admit(&json::parse(claims.as_bytes()).unwrap(), Timestamp::from_millis(millis))
}

/// What becomes of a token that is in its time and has these claims besides.
fn admit(rules: &Rules, more: &str) -> Result<Session, SessionFault> {
    at(rules, &format!(r#"{{"exp":{},"sub":"user_1"{more}}}"#, NOW + 60), NOW * 1000)
}

fn told(more: &str) -> Result<(String, String), SessionFault> {
    let session = admit(&rules(), more)?;
    assert_eq!(session.user.as_str(), "user_1");
    Ok((session.tenant.as_str().to_owned(), session.permissions.to_string()))
}

#[test]
fn a_personal_account_is_the_users_own_and_may_do_everything() {
    for more in ["", r#","org_id":null"#, r#","o":null,"org_role":"org:member""#] {
        assert_eq!(told(more), Ok(("user_1".into(), "*".into())), "{more}");
    }
}

#[test]
fn an_organisation_of_either_version_is_the_tenant_and_its_role_decides() {
    for (more, permissions) in [
        (r#","org_id":"org_1","org_role":"org:admin""#, "*"),
        (r#","org_id":"org_1","org_role":"org:member""#, "CLIENT_TOKENS:READ"),
        (r#","org_id":"org_1""#, "CLIENT_TOKENS:READ"),
        (r#","o":{"id":"org_1","rol":"admin","slg":"a"}"#, "*"),
        (r#","o":{"id":"org_1","rol":"member"}"#, "CLIENT_TOKENS:READ"),
        (r#","o":{"id":"org_1"}"#, "CLIENT_TOKENS:READ"),
        (r#","o":{"id":"org_1","rol":"member"},"org_role":"org:admin""#, "CLIENT_TOKENS:READ"),
        (r#","o":{"id":"org_1","rol":"admin"},"org_id":"org_1""#, "*"),
    ] {
        assert_eq!(told(more), Ok(("org_1".into(), permissions.into())), "{more}");
    }
}

#[test]
fn whoever_acts_as_the_user_is_named_and_has_the_users_rights_and_no_other() {
    for (more, impersonator) in [
        ("", None),
        (r#","act":null"#, None),
        (r#","act":{"sub":"user_2"}"#, Some("user_2")),
        (r#","act":{"iss":"https://dashboard.clerk.com","sub":"staff-7"}"#, Some("staff-7")),
        (r#","act":{"sub":"user_2","act":{"sub":"user_3"}}"#, Some("user_2")),
    ] {
        let member = format!(r#"{more},"o":{{"id":"org_1","rol":"member"}}"#);
        let session = admit(&rules(), &member).unwrap();
        assert_eq!(session.impersonator.as_ref().map(UserId::as_str), impersonator, "{more}");
        assert_eq!(session.permissions.to_string(), "CLIENT_TOKENS:READ");
        let personal = admit(&rules(), more).unwrap();
        assert_eq!(personal.impersonator, session.impersonator);
        assert_eq!(personal.user.as_str(), "user_1");
    }
}

/// Each of these would otherwise be the user's own deed.
#[test]
fn who_acts_as_the_user_and_cant_be_read_is_refused() {
    let long = format!(r#"{{"sub":"{}"}}"#, "a".repeat(129));
    for act in [
        "{}",
        "[]",
        "true",
        "7",
        r#""user_2""#,
        r#"{"sub":null}"#,
        r#"{"sub":""}"#,
        r#"{"sub":7}"#,
        r#"{"sub":["user_2"]}"#,
        r#"{"sub":"user 2"}"#,
        r#"{"sub":"user_2 by user_3"}"#,
        r#"{"sub":"a'b"}"#,
        r#"{"sub":"a@example.com"}"#,
        // The user themself.
        r#"{"sub":"user_1"}"#,
        r#"{"act":{"sub":"user_2"}}"#,
        long.as_str(),
    ] {
        let told = admit(&rules(), &format!(r#","act":{act}"#));
        assert_eq!(told, Err(SessionFault::Claim("act.sub")), "{act}");
    }
}

/// Each of these would otherwise be read as a personal account, which may do everything.
#[test]
fn an_organisation_that_cant_be_read_is_never_a_personal_account() {
    let long = format!(r#","org_id":"org_{}""#, "a".repeat(125));
    for (more, claim) in [
        (r#","org_id":7"#, "org_id"),
        (r#","org_id":"""#, "org_id"),
        (r#","org_id":"acme""#, "org_id"),
        (r#","org_id":"org_""#, "org_id"),
        (r#","org_id":"org_a b""#, "org_id"),
        (r#","org_id":"user_2""#, "org_id"),
        (long.as_str(), "org_id"),
        (r#","org_id":"org_1","org_role":["org:admin"]"#, "org_role"),
        (r#","o":"org_1""#, "o"),
        (r#","o":[]"#, "o"),
        (r#","o":{}"#, "o.id"),
        (r#","o":{"id":null}"#, "o.id"),
        (r#","o":{"id":"acme"}"#, "o.id"),
        (r#","o":{"id":"org_1","rol":7}"#, "o.rol"),
        (r#","o":{"id":"org_1"},"org_id":"org_2""#, "o.id"),
    ] {
        assert_eq!(told(more), Err(SessionFault::Claim(claim)), "{more}");
    }
}

#[test]
fn the_subject_is_a_user() {
    let exp = NOW + 60;
    for subject in ["", r#","sub":null"#, r#","sub":7"#, r#","sub":"""#, r#","sub":"acme""#] {
        let claims = format!(r#"{{"exp":{exp}{subject}}}"#);
        assert_eq!(at(&rules(), &claims, NOW * 1000), Err(SessionFault::Claim("sub")), "{subject}");
    }
    for subject in ["user_", "user_a b", "org_1", "mch_1", "USER_1", "user_\\u0000"] {
        let claims = format!(r#"{{"exp":{exp},"org_id":"org_1","sub":"{subject}"}}"#);
        assert_eq!(at(&rules(), &claims, NOW * 1000), Err(SessionFault::Claim("sub")), "{subject}");
    }
}

#[test]
fn a_token_works_in_its_time_with_five_seconds_at_either_end() {
    let claims = format!(r#"{{"sub":"user_1","exp":{NOW},"nbf":{NOW},"iat":{NOW}}}"#);
    for (millis, fault) in [
        (-5001, Some(SessionFault::Early)),
        (-5000, None),
        (4999, None),
        (5000, Some(SessionFault::Expired)),
        (60_000, Some(SessionFault::Expired)),
    ] {
        assert_eq!(at(&rules(), &claims, NOW * 1000 + millis).err(), fault, "{millis}");
    }
}

#[test]
fn each_of_nbf_and_iat_keeps_a_token_of_the_future_out() {
    for name in ["nbf", "iat"] {
        let late = format!(r#","{name}":{}"#, NOW + 6);
        assert_eq!(admit(&rules(), &late), Err(SessionFault::Early));
        assert!(admit(&rules(), &format!(r#","{name}":{}"#, NOW + 5)).is_ok());
        assert!(admit(&rules(), &format!(r#","{name}":null"#)).is_ok());
    }
}

#[test]
fn a_time_is_a_whole_number_of_seconds() {
    for value in ["null", r#""1800000060""#, "true", "-1", "1800000060.5", "1e99", "[]"] {
        let claims = format!(r#"{{"sub":"user_1","exp":{value}}}"#);
        let result = at(&rules(), &claims, NOW * 1000);
        assert_eq!(result, Err(SessionFault::Claim("exp")), "{value}");
    }
    for (value, is_taken) in [("1800000060.0", true), ("9223372036854775807", true), ("0", false)] {
        let claims = format!(r#"{{"sub":"user_1","exp":{value}}}"#);
        assert_eq!(at(&rules(), &claims, NOW * 1000).is_ok(), is_taken, "{value}");
    }
    assert_eq!(admit(&rules(), r#","nbf":"soon""#), Err(SessionFault::Claim("nbf")));
}

#[test]
fn the_issuer_is_compared_whole_if_there_is_one_to_compare_with() {
    let strict = Rules { issuer: Some("https://a.example".into()), ..rules() };
    assert!(admit(&strict, r#","iss":"https://a.example""#).is_ok());
    for more in [
        "",
        r#","iss":"https://a.example/""#,
        r#","iss":"https://a.example.evil""#,
        r#","iss":"HTTPS://a.example""#,
        r#","iss":["https://a.example"]"#,
    ] {
        assert_eq!(admit(&strict, more), Err(SessionFault::Issuer), "{more}");
    }
    assert!(admit(&rules(), r#","iss":"https://b.example""#).is_ok());
}

#[test]
fn the_party_is_one_of_the_list_and_native_admits_those_without() {
    let listing = |parties: &[&str]| {
        let parties = parties.iter().map(|party| (*party).to_owned()).collect();
        Rules { parties: Some(parties), ..rules() }
    };
    let [page, none] = [r#","azp":"https://app.example""#, ""];
    let two = listing(&["https://app.example", "https://b.example"]);
    let native = listing(&["native", "https://b.example"]);
    for (rules, more, fault) in [
        (&two, page, None),
        (&two, r#","azp":"https://app.example.evil""#, Some(SessionFault::Party)),
        (&two, r#","azp":"""#, Some(SessionFault::Party)),
        (&two, r#","azp":["https://app.example"]"#, Some(SessionFault::Claim("azp"))),
        (&two, none, Some(SessionFault::NoParty)),
        (&two, r#","azp":null"#, Some(SessionFault::NoParty)),
        (&native, none, None),
        (&native, r#","azp":"native""#, Some(SessionFault::Party)),
        (&native, page, Some(SessionFault::Party)),
        (&listing(&[]), page, Some(SessionFault::Party)),
        (&listing(&[]), none, Some(SessionFault::NoParty)),
        (&self::rules(), page, None),
        (&self::rules(), none, None),
    ] {
        assert_eq!(admit(rules, more).err(), fault, "{more} {:?}", rules.parties);
    }
}

#[test]
fn a_token_for_an_audience_is_for_somebody_else() {
    for audience in [r#""https://hasura.example""#, "[]", r#""""#, "7"] {
        let more = format!(r#","aud":{audience}"#);
        assert_eq!(admit(&rules(), &more), Err(SessionFault::Audience), "{audience}");
    }
    assert!(admit(&rules(), r#","aud":null"#).is_ok());
}

#[test]
fn a_session_that_hasnt_begun_is_none() {
    assert_eq!(admit(&rules(), r#","sts":"pending""#), Err(SessionFault::Pending));
    assert!(admit(&rules(), r#","sts":"active""#).is_ok());
    assert_eq!(admit(&rules(), r#","sts":7"#), Err(SessionFault::Claim("sts")));
}
