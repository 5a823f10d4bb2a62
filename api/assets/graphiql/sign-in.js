// Signs people in at the identity provider: OpenID Connect's authorization code flow with PKCE, as a public client. What it keeps,
// it keeps in the session's storage, which ends with the browser's tab.
'use strict';
window.tenureSignIn = (() => {
  const storage = window.sessionStorage;
  const UNDER_WAY = 'tenure:sign-in';
  const EXPIRES_AT = 'tenure:expires-at';
  const told = document.querySelector('meta[name="sign-in"]').content;
  const how = told ? JSON.parse(told) : null;
  const here = location.origin + location.pathname;

  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

  async function discovered() {
    const answer = await fetch(`${how.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (!answer.ok) {
      throw new Error(`the identity provider answered with ${answer.status}`);
    }
    const provider = await answer.json();
    if (provider.issuer !== how.issuer) {
      throw new Error('the identity provider goes by another name than expected');
    }
    return provider;
  }

  /** Leaves the page for the provider's. */
  async function begin() {
    const provider = await discovered();
    const underWay = { state: random(), nonce: random(), verifier: random() };
    storage.setItem(UNDER_WAY, JSON.stringify(underWay));
    const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(underWay.verifier));
    const address = new URL(provider.authorization_endpoint);
    const parameters = {
      ...Object.fromEntries(new URLSearchParams(how.parameters)),
      client_id: how.clientId,
      response_type: 'code',
      redirect_uri: here,
      scope: how.scope,
      state: underWay.state,
      nonce: underWay.nonce,
      code_challenge: base64url(challenge),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) {
      address.searchParams.set(name, value);
    }
    location.assign(address);
  }

  /** What the provider says in an ID token. It came from the provider itself, over TLS, so that its signature adds nothing. */
  function said(idToken) {
    const bytes = Uint8Array.from(atob(idToken.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  /** The token of whoever comes back from the provider; nothing if nobody does. */
  async function finish() {
    const answer = new URLSearchParams(location.search);
    if (!how || !(answer.has('code') || answer.has('error'))) {
      return null;
    }
    // The code must not stay in the address bar, and what was under way is good for one answer.
    history.replaceState(null, '', location.pathname);
    const underWay = JSON.parse(storage.getItem(UNDER_WAY));
    storage.removeItem(UNDER_WAY);
    if (!underWay || answer.get('state') !== underWay.state) {
      throw new Error('this answer belongs to no sign-in that was begun here');
    }
    if (answer.has('error')) {
      throw new Error(answer.get('error_description') ?? answer.get('error'));
    }
    if (answer.has('iss') && answer.get('iss') !== how.issuer) {
      throw new Error('another identity provider answered');
    }
    const provider = await discovered();
    const exchanged = await fetch(provider.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        ...Object.fromEntries(new URLSearchParams(how.parameters)),
        grant_type: 'authorization_code',
        client_id: how.clientId,
        redirect_uri: here,
        code: answer.get('code'),
        code_verifier: underWay.verifier,
      }),
    });
    const tokens = await exchanged.json();
    if (!exchanged.ok) {
      throw new Error(tokens.error_description ?? tokens.error ?? `the identity provider answered with ${exchanged.status}`);
    }
    const { iss, aud, nonce } = said(tokens.id_token);
    if (iss !== how.issuer || ![aud].flat().includes(how.clientId) || nonce !== underWay.nonce) {
      throw new Error('the identity provider answered for another sign-in');
    }
    storage.setItem(EXPIRES_AT, String(Date.now() + (tokens.expires_in ?? 3600) * 1000));
    return tokens.access_token;
  }

  return {
    /** Whether people can sign in here. */
    possible: how !== null,
    begin,
    finish,
    /** How many milliseconds the token is good for. */
    remaining: () => Number(storage.getItem(EXPIRES_AT) ?? 0) - Date.now(),
    forget: () => storage.removeItem(EXPIRES_AT),
  };
})();
