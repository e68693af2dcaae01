use super::*;
use crate::domain::clock::{Ambient, SystemRandomness};
use crate::domain::ids::KeyId;
use crate::domain::key::KeyLimits;
use crate::domain::key::{ApiKey, KeyEnv, Pepper};
use crate::domain::origin::{OriginPattern, OriginRules};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::visitor::{NotAVisitorId, SubjectKey, VisitorKeys};
use crate::domain::workspace::{ChatSettings, VisitorSettings, Workspace, WorkspaceStatus};
use proptest::prelude::*;

fn workspace(visitors: VisitorSettings) -> Workspace {
    Workspace {
        id: WorkspaceId::new(&Ambient::system()),
        tenant: TenantId::DEFAULT,
        slug: "shop".into(),
        upstream_slug: "shop".into(),
        display_name: "Shop".into(),
        status: WorkspaceStatus::Active,
        settings: ChatSettings::default(),
        visitors,
    }
}

fn origins(origin: &str) -> OriginRules {
    OriginRules::new(vec![OriginPattern::parse(origin).unwrap()], false, false)
}

fn key(workspace: Workspace) -> KeyRecord {
    let key = ApiKey::generate(KeyKind::Publishable, KeyEnv::Live, &SystemRandomness);
    KeyRecord {
        id: KeyId::new(&Ambient::system()),
        tenant: TenantId::DEFAULT,
        tenant_active: true,
        public_id: key.public_id(),
        hash: key.hash(&Pepper::new([0; 32])),
        kind: KeyKind::Publishable,
        env: KeyEnv::Live,
        name: "shop".into(),
        scopes: Scope::PUBLISHABLE.into_iter().collect::<ScopeSet>(),
        origins: origins("https://shop.example"),
        workspace: Some(Arc::new(workspace)),
        allowed_ips: Vec::new(),
        visitor_token_required: false,
        proof_of_work: false,
        limits: KeyLimits::default(),
        enabled: true,
        expires_at: None,
        revoked_at: None,
        grace_pending: false,
    }
}

fn token(key: &KeyRecord, subject: Option<SubjectRef>) -> VisitorToken {
    let workspace = key.workspace.as_ref().unwrap();
    VisitorToken {
        key: key.public_id,
        tenant: key.tenant,
        workspace: workspace.id,
        origin: Origin::parse("https://shop.example").unwrap(),
        generation: workspace.visitors.token_generation,
        visitor: VisitorId::new(&SystemRandomness),
        subject,
        session_began: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn a_token_counts_only_with_what_it_is_bound_to() {
    let key = key(workspace(VisitorSettings::default()));
    let good = token(&key, None);
    assert_eq!(good.counts(&key), Ok(()));
    let other = self::key(workspace(VisitorSettings::default()));
    for (what, token) in [
        ("another key", VisitorToken { key: other.public_id, ..good.clone() }),
        ("another workspace", VisitorToken { workspace: other.workspace.as_ref().unwrap().id, ..good.clone() }),
        ("another tenant", VisitorToken { tenant: TenantId(uuid::Uuid::nil()), ..good.clone() }),
        ("another generation", VisitorToken { generation: 2, ..good.clone() }),
    ] {
        assert_eq!(token.counts(&key), Err(Withdrawn::Revoked), "{what}");
    }
    let elsewhere = VisitorToken { origin: Origin::parse("https://other.example").unwrap(), ..good.clone() };
    assert_eq!(elsewhere.counts(&key), Err(Withdrawn::Origin));
    let removed = KeyRecord { origins: origins("https://other.example"), ..key.clone() };
    assert_eq!(good.counts(&removed), Err(Withdrawn::Origin));
    let unbound = KeyRecord { workspace: None, ..key.clone() };
    assert_eq!(good.counts(&unbound), Err(Withdrawn::Revoked));
    let secret = KeyRecord { kind: KeyKind::Secret, ..key };
    assert_eq!(good.counts(&secret), Err(Withdrawn::Revoked));
}

#[test]
fn identity_that_is_switched_off_and_identity_that_is_missing_end_tokens() {
    let subject = Some(SubjectKey::new(&[7; 32]).subject_ref("customer"));
    let rules = |enabled, enforced| VisitorSettings {
        token_generation: 1,
        identity_enabled: enabled,
        identity_enforced: enforced,
    };
    for (enabled, enforced, anonymous, identified) in [
        (false, false, Ok(()), Err(Withdrawn::IdentityOff)),
        (true, false, Ok(()), Ok(())),
        (true, true, Err(Withdrawn::IdentityMissing), Ok(())),
    ] {
        let key = key(workspace(rules(enabled, enforced)));
        assert_eq!(token(&key, None).counts(&key), anonymous, "{enabled} {enforced}");
        assert_eq!(token(&key, subject).counts(&key), identified, "{enabled} {enforced}");
    }
}

#[test]
fn conversations_are_the_visitors_or_the_customers() {
    let key = key(workspace(VisitorSettings::default()));
    let anonymous = token(&key, None);
    assert_eq!(anonymous.owner(), Owner::Visitor(anonymous.visitor));
    let subject = SubjectKey::new(&[7; 32]).subject_ref("customer");
    let identified = VisitorToken { subject: Some(subject), ..anonymous };
    assert_eq!(identified.owner(), Owner::Subject(subject));
    assert!(identified.owner().storage_key().starts_with("subject:"));
}

#[test]
fn a_pseudonym_is_one_persons_in_one_workspace() {
    let (one, other) = (SubjectKey::new(&[1; 32]), SubjectKey::new(&[2; 32]));
    assert_eq!(one.subject_ref("a"), one.subject_ref("a"));
    assert_ne!(one.subject_ref("a"), one.subject_ref("b"));
    assert_ne!(one.subject_ref("a"), other.subject_ref("a"));
    assert!(!one.subject_ref("customer").to_string().contains("customer"));
}

#[test]
fn an_id_is_read_in_its_workspace_and_under_its_key_only() {
    let ambient = Ambient::system();
    let (here, there) = (WorkspaceId::new(&ambient), WorkspaceId::new(&ambient));
    let keys = VisitorKeys::new([1; 32], None);
    let id = VisitorId::new(&SystemRandomness);
    let text = keys.text(here, id);
    assert_eq!(keys.read(here, &text), Ok(id));
    assert_eq!(keys.read(there, &text), Err(NotAVisitorId));
    assert_eq!(VisitorKeys::new([2; 32], None).read(here, &text), Err(NotAVisitorId));
    // After a change of the root key it is still read, and then written under the new one.
    let changed = VisitorKeys::new([2; 32], Some([1; 32]));
    assert_eq!(changed.read(here, &text), Ok(id));
    assert_ne!(changed.text(here, id), text);
    assert_eq!(VisitorKeys::new([2; 32], None).read(here, &changed.text(here, id)), Ok(id));
    for text in ["", "bob", "vis_", "vis_bob", &text.to_uppercase(), &text[4..], &format!("{text}A"), &id.to_string()] {
        assert_eq!(keys.read(here, text), Err(NotAVisitorId), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_survived_and_is_nobody(text in ".{0,80}", middle in "[A-Za-z0-9_-]{64}") {
        let keys = VisitorKeys::new([1; 32], None);
        let here = WorkspaceId(uuid::Uuid::nil());
        prop_assert!(keys.read(here, &text).is_err());
        let id = format!("vis_{middle}");
        prop_assert!(keys.read(here, &id).is_err());
    }

    #[test]
    fn a_changed_character_makes_it_nobodys(at in 4usize..68, to in "[A-Za-z0-9_-]") {
        let keys = VisitorKeys::new([1; 32], None);
        let here = WorkspaceId(uuid::Uuid::nil());
        let text = keys.text(here, VisitorId::new(&SystemRandomness));
        let mut changed = text.clone();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(keys.read(here, &changed).is_ok(), changed == text);
    }
}
