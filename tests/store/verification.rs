//! What judging a value reads: whose tokens, deleted ones, and which target.

use ::client_tokens::{
    domain::{
        client_token::Targets,
        environment::Environment::{Live, Test},
        target::{NewTarget, parse_id},
        text::TargetId,
        upstream::Upstream,
    },
    store::{client_tokens, targets, verification::verified},
};

use crate::database::{Database, TARGETS, new_token, target_ids, writer};

#[test]
fn a_token_is_found_by_its_own_tenant_alone_deleted_or_not() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    let tester = database.caller("acme", Test, 3);
    let token = new_token(1, Live);
    database.insert(&acme, &token);
    assert_eq!(database.fetch(&verified(&other, token.id, None, None)), []);
    assert_eq!(database.fetch(&verified(&acme, new_token(2, Live).id, None, None)), []);
    let found = database.fetch(&verified(&acme, token.id, None, None));
    assert!(found.len() == 1 && !found[0].is_deleted && found[0].target.is_none());
    assert_eq!(database.fetch(&verified(&tester, token.id, None, None)), found);
    database.fetch(&client_tokens::delete(writer(&acme), token.id));
    let gone = database.fetch(&verified(&acme, token.id, None, None));
    assert!(gone.len() == 1 && gone[0].is_deleted);
    assert_eq!(database.fetch(&verified(&other, token.id, None, None)), []);
}

#[test]
fn the_target_is_the_wanted_one_or_the_tokens_own_choice_of_its_tenant() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    let mut token = new_token(1, Live);
    token.settings.targets =
        Targets { flow_ids: target_ids(&["flow_a", "flow_b"]), ..Targets::default() };
    database.insert(&acme, &token);
    for (owner, id) in [(&acme, "flow_b"), (&other, "flow_a")] {
        let id = parse_id(id).unwrap();
        let new = NewTarget { id, name: None, description: None, upstream: Upstream::Echo };
        database.fetch(&targets::put(owner, &new, TARGETS));
    }
    let wanted = TargetId::parse("flow_b").unwrap();
    let target = |wanted| database.fetch(&verified(&acme, token.id, None, wanted)).remove(0).target;
    assert_eq!(target(None), None, "another tenant's");
    assert_eq!(target(Some(&wanted)).map(|target| target.id), Some(wanted.clone()));
}
