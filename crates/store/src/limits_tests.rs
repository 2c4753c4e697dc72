use lango_admission::Quota;
use pollster::block_on;

use super::*;
use crate::sqlite::{Sqlite, tenant};

#[test]
fn limits_change_from_the_version_that_was_read_alone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let quota = |per_minute| Quota::new(per_minute, 1).unwrap();
    block_on(async {
        let never = load_limits(&sql, &ours).await.unwrap();
        assert_eq!(never, StoredLimits::default());
        let mut set = never.clone();
        set.own.tools = [("crm_pay".to_owned(), quota(1))].into();
        set.of_platform.key = Some(quota(90));
        let store = async |stored: &StoredLimits| store_limits(&sql, &ours, stored, 9).await;
        let in_the_future = StoredLimits {
            version: 7,
            ..set.clone()
        };
        assert_eq!(store(&in_the_future).await, Ok(None));
        assert_eq!(store(&set).await, Ok(Some(1)));
        assert_eq!(store(&set).await, Ok(None), "somebody was first");
        set.version = 1;
        set.of_platform.tenant = Some(quota(5));
        assert_eq!(store(&set).await, Ok(Some(2)));
        set.version = 2;
        assert_eq!(load_limits(&sql, &ours).await.unwrap(), set);
        assert_eq!(set.in_force().key, Some(quota(90)));
        assert_eq!(load_limits(&sql, &theirs).await.unwrap(), never);
    });
}

#[test]
fn a_document_that_is_not_understood_is_an_error() {
    let sql = Sqlite::migrated();
    let ours = tenant(&sql, 1);
    let id = ours.tenant().as_str();
    sql.write(&format!(
        "INSERT INTO call_limits VALUES ('{id}', '{{\"a_day\":1}}', '{{}}', 1, 1)"
    ));
    assert!(block_on(load_limits(&sql, &ours)).is_err());
}
