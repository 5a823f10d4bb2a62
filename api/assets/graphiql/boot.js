// Starts GraphiQL against the server that served this page, and against no other.
'use strict';
(() => {
  const { createElement, useEffect, useMemo, useRef, useState } = React;

  const PLACEHOLDER = 'PASTE_A_TOKEN_HERE';
  const TOKEN_COMMAND = 'cargo run -- token --email ada@contoso.example';
  const EXAMPLES = window.tenureExamples;
  const signIn = window.tenureSignIn;

  // The session's storage, not the lasting one: a token must not outlive its browser tab, and people who are signed in side
  // by side in several browser tabs must not get each other's.
  const storage = window.sessionStorage;
  const HEADERS = 'graphiql:headers';
  const QUERY = 'graphiql:query';
  const VARIABLES = 'graphiql:variables';
  const TABS = 'graphiql:tabState';

  // A link may bring a token behind the #, which browsers send to no server. It must not stay in the address bar, where it
  // would be copied, bookmarked and kept in the history.
  function takeTokenFromAddress() {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (token) {
      history.replaceState(null, '', location.pathname + location.search);
    }
    return token;
  }

  // The tabs that were there before, or else the examples, with a token that has come. GraphiQL opens one more tab whenever the
  // texts it stored apart differ from those of every stored tab. They do: it forgets the headers while it starts, and stores
  // the other texts only once they are edited.
  function storeFirstTexts(token) {
    const state = JSON.parse(storage.getItem(TABS)) ?? { tabs: EXAMPLES.map(exampleTab), activeTabIndex: 0 };
    const tab = state.tabs[state.activeTabIndex];
    const before = tab.headers;
    for (const other of token ? state.tabs : []) {
      // What somebody wrote into another tab stays: it may be the token of somebody else.
      if (other === tab || !other.headers || other.headers.includes(PLACEHOLDER) || other.headers === before) {
        other.headers = headersWith(token);
      }
    }
    storage.setItem(QUERY, tab.query ?? '');
    storage.setItem(VARIABLES, tab.variables ?? '');
    storage.setItem(HEADERS, tab.headers ?? '');
    storage.setItem(TABS, JSON.stringify(state));
  }

  function exampleTab({ query, variables }, index) {
    const title = query.match(/^(?:query|mutation|subscription) (\w+)/m)[1];
    return {
      id: `example-${index}`,
      title,
      query,
      variables: variables ? JSON.stringify(variables, null, 2) : '',
      headers: headersWith(PLACEHOLDER),
      operationName: title,
      response: null,
    };
  }

  function headersWith(token) {
    return JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2);
  }

  function parsed(headersText) {
    try {
      return JSON.parse(headersText) ?? {};
    } catch {
      return {};
    }
  }

  // The server looks for `Authorization` in what opens a WebSocket, where letter case counts. The placeholder is no token:
  // sent as one it would be refused, where no token at all still gets the schema.
  function withoutPlaceholder(headers) {
    const sent = {};
    for (const [name, value] of Object.entries(headers)) {
      if (name.toLowerCase() !== 'authorization') {
        sent[name] = value;
      } else if (!String(value).includes(PLACEHOLDER)) {
        sent.Authorization = value;
      }
    }
    return sent;
  }

  function createFetcher() {
    return (request, options = {}) => {
      // GraphiQL asks for the schema before its Headers pane exists.
      const shown = options.headers ?? (request.operationName === 'IntrospectionQuery' ? parsed(storage.getItem(HEADERS)) : {});
      const headers = withoutPlaceholder(shown);
      const send = GraphiQL.createFetcher({
        url: '/graphql',
        // The newer media type answers refused documents with status 400, which browsers report as a failed load.
        headers: { accept: 'application/json' },
        enableIncrementalDelivery: false,
        // One client for each run, because the token may have changed; it opens a socket only for a subscription. GraphiQL's
        // own client would try a refused token five times more, half a minute of silence, before it shows why.
        wsClient: graphqlWs.createClient({
          url: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/graphql`,
          connectionParams: headers,
          retryAttempts: 0,
        }),
      });
      return send(request, { ...options, headers });
    };
  }

  function hint(...words) {
    return createElement(GraphiQL.Footer, null, createElement('p', { className: 'hint', role: 'status' }, ...words));
  }

  function tokenIsMissing() {
    const code = (text) => createElement('code', null, text);
    const how = signIn.possible
      ? ['You are not signed in. Sign in above, or put a token']
      : ['You have no token yet. Print one with ', code(TOKEN_COMMAND), ' and put it'];
    return hint(...how, ' into the Headers pane, in place of ', code(PLACEHOLDER), '.');
  }

  function signOut() {
    signIn.forget();
    storage.clear();
    location.reload();
  }

  // Beside the name: who is not signed in, or not any more, can do so; who is can leave.
  function Account({ signedIn, say }) {
    if (!signIn.possible) {
      return null;
    }
    const begin = () => signIn.begin().catch((error) => say(`Signing in failed: ${error.message}.`));
    return createElement(
      'button',
      { type: 'button', className: 'graphiql-un-styled account', onClick: signedIn ? signOut : begin },
      signedIn ? 'Sign out' : 'Sign in',
    );
  }

  function App({ firstHeaders, firstWords }) {
    const [headers, setHeaders] = useState(firstHeaders);
    const [words, say] = useState(firstWords);
    const [expired, setExpired] = useState(signIn.remaining() <= 0);
    const [attempt, setAttempt] = useState(0);
    const schemaKnown = useRef(false);
    const learnSchema = useMemo(() => () => { schemaKnown.current = true; }, []);
    const fetcher = useMemo(createFetcher, [attempt]);

    // GraphiQL asks for the schema again when it is given another fetcher. It has to when the schema was refused for want of
    // a token that has been typed since.
    useEffect(() => {
      if (schemaKnown.current || headers === firstHeaders) {
        return undefined;
      }
      const timer = setTimeout(() => setAttempt((n) => n + 1), 800);
      return () => clearTimeout(timer);
    }, [headers]);

    useEffect(() => {
      if (expired) {
        return undefined;
      }
      const timer = setTimeout(() => {
        setExpired(true);
        say('The token has expired. Sign in again.');
      }, signIn.remaining());
      return () => clearTimeout(timer);
    }, []);

    return createElement(
      GraphiQL,
      {
        fetcher,
        storage,
        defaultQuery: '',
        defaultHeaders: headers,
        defaultEditorToolsVisibility: 'headers',
        shouldPersistHeaders: true,
        inputValueDeprecation: true,
        schemaDescription: true,
        onEditHeaders: setHeaders,
        onSchemaChange: learnSchema,
      },
      createElement(GraphiQL.Logo, null, createElement(Account, { signedIn: !expired, say }), 'Tenure'),
      words ? hint(words) : headers.includes(PLACEHOLDER) ? tokenIsMissing() : null,
    );
  }

  // Following another of these links in an open tab changes only the part behind the #, which loads nothing.
  window.addEventListener('hashchange', () => {
    if (location.hash.startsWith('#token=')) {
      location.reload();
    }
  });

  async function start() {
    let words = null;
    const token = takeTokenFromAddress() ?? (await signIn.finish().catch((error) => {
      words = `Signing in failed: ${error.message}.`;
      return null;
    }));
    storeFirstTexts(token);
    ReactDOM.createRoot(document.getElementById('graphiql')).render(
      createElement(App, { firstHeaders: storage.getItem(HEADERS), firstWords: words }),
    );
  }

  start();
})();
