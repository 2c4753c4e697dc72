// An assistant on this computer: what a client library asks of its host.
import { createServer } from "node:http";
import { once } from "node:events";

/** Listens for the answer of the authorization server. */
export async function listen(port = 0) {
  const answers = [];
  const waiting = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    if (url.pathname !== "/callback") return response.writeHead(204).end();
    response.writeHead(200, { "Content-Type": "text/plain" }).end("You can close this page.");
    const waiter = waiting.shift();
    if (waiter) waiter(url.searchParams);
    else answers.push(url.searchParams);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    redirect: `http://127.0.0.1:${server.address().port}/callback`,
    answer: () => (answers.length ? Promise.resolve(answers.shift()) : new Promise((resolve) => waiting.push(resolve))),
    close: () => server.close(),
  };
}

/** Keeps what the libraries keep: client, tokens, verifier. */
export class Provider {
  constructor(redirect, clientMetadataUrl) {
    this.redirectUrl = redirect;
    this.clientMetadataUrl = clientMetadataUrl;
    this.clientMetadata = {
      client_name: "Assistant of the test",
      redirect_uris: [redirect],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
    this.asked = [];
  }
  state() {
    this.stateSent = crypto.randomUUID();
    return this.stateSent;
  }
  clientInformation() {
    return this.client;
  }
  saveClientInformation(client) {
    this.client = client;
  }
  tokens() {
    return this.saved;
  }
  saveTokens(tokens) {
    this.saved = tokens;
  }
  redirectToAuthorization(url) {
    this.asked.push(url);
  }
  saveDiscoveryState(state) {
    this.discovery = state;
  }
  discoveryState() {
    return this.discovery;
  }
  invalidateCredentials(what) {
    if (what === "all" || what === "client") this.client = undefined;
    if (what === "all" || what === "tokens") this.saved = undefined;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
}
