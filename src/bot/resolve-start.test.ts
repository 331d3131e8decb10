import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildClick, type Click } from '../domain/click.ts';
import { type ClickLookup, resolveStart } from './resolve-start.ts';

const OURS = '0190a000-0000-7000-8000-000000000001';
const THEIRS = '0190a000-0000-7000-8000-000000000002';
const LONG_FBCLID = `IwAR${'x'.repeat(120)}`;

function click(token: string, fbclid: string, options: { at: number; workspaceId?: string }): Click {
  return buildClick({
    kind: 'click',
    at: options.at,
    token,
    workspaceId: options.workspaceId ?? OURS,
    poolId: OURS,
    botId: OURS,
    mode: 'bridge',
    url: `http://localhost/go/demo?fbclid=${fbclid}`,
    fbp: null,
    fbc: null,
    fbi: null,
    ip: '203.0.113.9',
    userAgent: 'Mozilla/5.0',
    referrer: null,
    language: null,
    hints: {},
    consent: 'granted',
  });
}

const first = click('a'.repeat(32), 'AbC', { at: 1000 });
const second = click('b'.repeat(32), 'AbC', { at: 2000 });
const long = click('c'.repeat(32), LONG_FBCLID, { at: 3000 });
const foreign = click('d'.repeat(32), 'Foreign', { at: 4000, workspaceId: THEIRS });
const all = [first, second, long, foreign];

const newest = (found: Click[]) =>
  found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0] ?? null;
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
const clicks: ClickLookup = {
  byToken: async (token) => all.find((one) => one.trackingToken === token) ?? null,
  newestByFbclid: async (workspaceId, fbclid) =>
    newest(all.filter((one) => one.workspaceId === workspaceId && one.fbclid === fbclid)),
  newestByFbclidHash: async (workspaceId, hash) =>
    newest(all.filter((one) => one.workspaceId === workspaceId && hashOf(one.fbclid ?? '') === hash)),
};

const ask = (payload: string | null, knownFbclid: string | null = null) =>
  resolveStart(clicks, { workspaceId: OURS, payload, knownFbclid });

describe('resolveStart', () => {
  it.each([
    ['the token', first.trackingToken, null, 'token', first],
    ['the fbclid in the payload, newest click first', 'fbclid_AbC', null, 'fbclid', second],
    ['the hash of a long fbclid', `fbclid_${hashOf(LONG_FBCLID)}`, null, 'fbclid', long],
    ['the fbclid known of the person', null, 'AbC', 'known_fbclid', second],
    ['the known fbclid when the token is of no click', 'e'.repeat(32), 'AbC', 'known_fbclid', second],
  ])('matches by %s', async (...[, payload, known, matchedBy, click]) => {
    expect(await ask(payload, known)).toMatchObject({ kind: 'matched', matchedBy, click });
  });

  it.each([
    ['nothing', null, 'no_payload'],
    ['a token of no click', 'e'.repeat(32), 'unknown_token'],
    ['a token of another workspace', foreign.trackingToken, 'foreign_token'],
    ['an fbclid of another workspace', 'fbclid_Foreign', 'unknown_fbclid'],
    ['an fbclid in another case', 'fbclid_abc', 'unknown_fbclid'],
    ['a token in upper case', 'A'.repeat(32), 'unknown_payload'],
    ['something else', 'promo-natal', 'unknown_payload'],
  ])('leaves a start with %s unmatched and says why', async (_what, payload, outcome) => {
    expect(await ask(payload)).toEqual({ kind: 'unmatched', outcome });
  });
});
