// GraphQL over HTTP: the audit of npm's graphql-http. MUST and SHOULD count, MAY is told.
import { serverAudits } from 'graphql-http';
import { Checks } from './checks.mjs';

const checks = new Checks();
const audits = serverAudits({
  url: process.env.GRAPHQL_URL,
  fetchFn: (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', process.env.AUTH);
    return fetch(url, { ...init, headers });
  },
});
for (const { id, name, fn } of audits) {
  let result;
  try {
    result = await fn();
  } catch (error) {
    result = { status: 'error', reason: error.message };
  }
  const { status, reason, response } = result;
  const why = `${reason} [${response?.status} ${response?.headers.get('content-type')}]`;
  if (name.startsWith('MAY')) {
    console.log(`${status === 'ok' ? 'ok   ' : 'note '}${id} ${name}${status === 'ok' ? '' : `: ${why}`}`);
  } else {
    checks.that(status === 'ok', `${id} ${name}`, why);
  }
}
checks.end();
