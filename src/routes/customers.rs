//! `/admin/v1/customers`: a tenant's end customers, each bound to a customer number.

use lango_api::{ChangeCustomer, CreateCustomer, CustomerView, Timestamp};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{PrincipalId, TenantScope};
use lango_store::{
    AccountKind, CustomerRow, change_customer, insert_customer, list_customers, load_customer,
};
use worker::Response;

use super::{
    call::{Call, checked_name, listed, stale, store, store_failed, tagged, unknown},
    people::{Details, Wanted, action, checked_email, checked_phone, taken},
    pushing::push_to_person,
    quotas,
    roles::whole,
};
use crate::{clock, denial::Denial, gateway::Done};

const LONGEST_NUMBER: usize = 64;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let customers = list_customers(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(customers, view)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let customer = find(&store(gateway)?, permitted.scope(), target).await?;
    let version = customer.version;
    tagged(&view(customer), version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateCustomer = call.body()?;
    let principal_id = PrincipalId::from_random(clock::random()?);
    let target = Some(principal_id.to_string());
    call.create("customer.create", target, whole, async |permitted| {
        let customer = new(principal_id, wanted)?;
        let (store, of_plan) = (store(gateway)?, permitted.plan().allowance());
        match insert_customer(&store, permitted.scope(), &customer, of_plan).await {
            Ok(()) => {}
            Err(error) if error.is_quota() => {
                return Err(quotas::refused(&store, permitted, &error).await);
            }
            Err(error) => return Err(taken(&error)),
        }
        let created = view(customer);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

fn new(principal_id: PrincipalId, wanted: CreateCustomer) -> Result<CustomerRow, Denial> {
    Ok(CustomerRow {
        principal_id,
        customer_number: checked_number(&wanted.customer_number)?.to_owned(),
        name: checked_name(&wanted.name)?.to_owned(),
        email: checked_email(wanted.email.as_deref())?,
        phone: checked_phone(wanted.phone.as_deref())?,
        created_at: clock::now_ms(),
        suspended_at: None,
        has_password: 0,
        version: 1,
    })
}

pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeCustomer, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let action = action("customer", wanted.suspended);
    let changed = call
        .act(&action, named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = find(&store, scope, target).await?;
            precondition.check(before.version)?;
            let mut after = merged(before.clone(), wanted)?;
            let is_changed = change_customer(&store, scope, &after)
                .await
                .map_err(|error| taken(&error))?;
            if !is_changed {
                return Err(stale());
            }
            after.version += 1;
            push_to_person(
                gateway,
                &store,
                scope,
                AccountKind::Customer,
                &after.principal_id,
            )
            .await?;
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

fn merged(customer: CustomerRow, wanted: ChangeCustomer) -> Result<CustomerRow, Denial> {
    let details = Details {
        name: customer.name,
        email: customer.email,
        phone: customer.phone,
        suspended_at: customer.suspended_at,
    };
    let details = details.changed(Wanted {
        name: wanted.name,
        email: wanted.email,
        phone: wanted.phone,
        suspended: wanted.suspended,
    })?;
    Ok(CustomerRow {
        name: details.name,
        email: details.email,
        phone: details.phone,
        suspended_at: details.suspended_at,
        ..customer
    })
}

async fn find(
    store: &Store,
    scope: &TenantScope,
    target: Option<PrincipalId>,
) -> Result<CustomerRow, Denial> {
    let customer = target.ok_or_else(|| unknown("customer"))?;
    load_customer(store, scope, &customer)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("customer"))
}

fn target(call: &Call<'_>) -> Option<PrincipalId> {
    PrincipalId::parse(call.captured("customer_id")).ok()
}

fn view(customer: CustomerRow) -> CustomerView {
    CustomerView {
        customer_id: customer.principal_id.into(),
        customer_number: customer.customer_number,
        name: customer.name,
        email: customer.email,
        phone: customer.phone,
        has_password: customer.has_password == 1,
        created_at: Timestamp::from_millis(customer.created_at),
        suspended_at: customer.suspended_at.map(Timestamp::from_millis),
    }
}

fn checked_number(number: &str) -> Result<&str, Denial> {
    let number = number.trim();
    if (1..=LONGEST_NUMBER).contains(&number.len()) && !number.chars().any(char::is_control) {
        return Ok(number);
    }
    let detail = format!(
        "customer_number must have 1 to {LONGEST_NUMBER} bytes, none of them control characters."
    );
    Err(Denial::new(
        Layer::Screening,
        "customer_number",
        422,
        detail,
    ))
}
