// An authorization server with the rules that vendors have (facts about Sage, Zoho,
// Daraja): refresh tokens that are used once, one live access token, so many tokens in
// so much time, codes for a minute, PKCE. Each world of upstream_servers.mjs has one.
//
// POST /{world}/state changes `authorization`:
//   rotation   strict: a used refresh token is gone, and whoever comes with it again
//              ends everything; grace: it is taken for grace_ms more; until_used: it is
//              taken until what came of it is used; kept: they do not rotate.
//   hold       "before": requests are taken and nothing is done; "after": it is done
//              and never answered; "once_after": the same for the next request alone.
//   answer     [status, body] for every token request.
//   iss, deny, lifetime_s, pause_ms, window {tokens, seconds}
import { createHash, randomUUID } from "node:crypto";

const CODE_MS = 60_000;

export function authorizationServer() {
  return {
    settings: {
      rotation: "strict", grace_ms: 30_000, lifetime_s: 300, pause_ms: 0,
      window: { tokens: 10, seconds: 600 }, hold: null, answer: null, iss: null, deny: false,
    },
    seen: { authorizations: 0, codes: 0, refreshes: 0, reused: 0, refused: 0, too_many: 0, held: 0, at_once: 0, most_at_once: 0, issued: [] },
    codes: new Map(),
    families: [],
  };
}

// --- the person's side: consent is given at once

export function authorize(server, url, base) {
  const asked = url.searchParams;
  server.seen.authorizations += 1;
  const complete = asked.get("response_type") === "code" && asked.get("client_id") === "lango"
    && asked.get("code_challenge_method") === "S256" && asked.get("code_challenge") && asked.get("state");
  if (!complete) return new Response("the request is not complete", { status: 400 });
  const back = new URL(asked.get("redirect_uri"));
  back.searchParams.set("state", asked.get("state"));
  const iss = server.settings.iss ?? base;
  if (iss !== "none") back.searchParams.set("iss", iss);
  if (server.settings.deny) {
    back.searchParams.set("error", "access_denied");
    return Response.redirect(back, 302);
  }
  const code = randomUUID();
  server.codes.set(code, {
    challenge: asked.get("code_challenge"), redirect_uri: asked.get("redirect_uri"), at: Date.now(),
    person: asked.get("login_hint") ?? `person-${server.seen.authorizations}`,
  });
  back.searchParams.set("code", code);
  return Response.redirect(back, 302);
}

// --- the token endpoint

export async function grant(server, form) {
  server.seen.at_once += 1;
  server.seen.most_at_once = Math.max(server.seen.most_at_once, server.seen.at_once);
  try {
    return await answered(server, form);
  } finally {
    server.seen.at_once -= 1;
  }
}

async function answered(server, form) {
  const { settings, seen } = server;
  const never = () => ((seen.held += 1), new Promise(() => {}));
  if (settings.hold === "before") return never();
  if (settings.pause_ms) await new Promise((resolve) => setTimeout(resolve, settings.pause_ms));
  if (settings.answer) return Response.json(settings.answer[1], { status: settings.answer[0] });
  const response = form.get("grant_type") === "refresh_token" ? refresh(server, form) : code(server, form);
  if (settings.hold === "after") return never();
  if (settings.hold === "once_after") {
    settings.hold = null;
    return never();
  }
  return response;
}

function code(server, form) {
  const known = server.codes.get(form.get("code"));
  const proof = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
  if (!known || known.used) {
    // RFC 6749 §4.1.2: what came of a code that is used twice ends.
    if (known) known.family.revoked = true;
    return no(server, "invalid_grant");
  }
  if (Date.now() > known.at + CODE_MS || known.challenge !== proof || known.redirect_uri !== form.get("redirect_uri")) {
    return no(server, "invalid_grant");
  }
  known.used = true;
  known.family = { person: known.person, access: new Map(), requests: [], revoked: false };
  server.families.push(known.family);
  server.seen.codes += 1;
  known.family.newest = randomUUID();
  return issue(server, known.family, known.family.newest);
}

function refresh(server, form) {
  const { settings, seen } = server;
  const token = form.get("refresh_token");
  const family = server.families.find((family) => family.newest === token || family.spent?.some((spent) => spent.token === token));
  if (!family || family.revoked) return no(server, "invalid_grant");
  if (family.newest !== token) {
    const spent = family.spent.find((spent) => spent.token === token);
    const taken = spent === family.spent.at(-1)
      && ((settings.rotation === "grace" && Date.now() < spent.at + settings.grace_ms)
        || (settings.rotation === "until_used" && !family.used));
    seen.reused += 1;
    if (!taken) {
      family.revoked = true;
      return no(server, "invalid_grant");
    }
  }
  const since = Date.now() - settings.window.seconds * 1000;
  family.requests = family.requests.filter((at) => at > since);
  if (family.requests.length >= settings.window.tokens) {
    seen.too_many += 1;
    return Response.json({ error: "Access Denied" }, { status: 400 });
  }
  seen.refreshes += 1;
  if (settings.rotation === "kept") return issue(server, family, undefined);
  if (family.newest === token) (family.spent ??= []).push({ token, at: Date.now() });
  family.newest = randomUUID();
  return issue(server, family, family.newest);
}

function issue(server, family, refresh_token) {
  family.requests.push(Date.now());
  family.used = false;
  // A new one ends the one before it.
  family.access.clear();
  const access_token = randomUUID();
  server.seen.issued.push(access_token, ...(refresh_token ? [refresh_token] : []));
  family.access.set(access_token, Date.now() + server.settings.lifetime_s * 1000);
  return Response.json({ access_token, token_type: "Bearer", expires_in: server.settings.lifetime_s, refresh_token });
}

function no(server, error) {
  server.seen.refused += 1;
  return Response.json({ error }, { status: 400 });
}

// --- the system's side

/** Whose token it is; undefined when nobody's, or not any more. */
export function personOf(server, authorization) {
  // Zoho has a scheme of its own.
  const token = authorization?.replace(/^(Bearer|Zoho-oauthtoken) /, "");
  const family = server.families.find((family) => !family.revoked && family.access.get(token) > Date.now());
  if (family) family.used = true;
  return family?.person;
}
