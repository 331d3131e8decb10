import type { Fact } from '../../src/domain/facts.ts';
import { buildId } from '../../src/domain/ids.ts';
import { event, lead, view } from './visits-world.ts';

/** A person of these tests, with everything by which it can be found. */
export interface Subject {
  readonly email: string;
  readonly phone: string;
  readonly name: string;
  readonly telegramId: number;
  readonly username: string;
  readonly token: string;
  readonly fbclid: string;
  readonly fbp: string;
  readonly ip: string;
  readonly sessionId: string;
  readonly externalId: string;
  readonly userAgent: string;
  readonly cpf: string;
}

/** Where it happens. */
interface Places {
  readonly workspaceId: string;
  readonly domainId: string;
  readonly poolId: string;
  readonly botId: string;
}

/** What the public edge records of a person: a click, its cookies, and a visit with a lead. */
export function buildFacts(places: Places, one: Subject, at: number): Fact[] {
  const { workspaceId, domainId, poolId, botId } = places;
  const url = `https://go.example.com/go/shop?fbclid=${one.fbclid}&utm_campaign=blackfriday`;
  const request = {
    workspaceId,
    domainId,
    sessionId: one.sessionId,
    visitorId: `browser-${one.sessionId}`,
  };
  const path = `/?fbclid=${one.fbclid}&utm_source=facebook`;
  const times = { id: buildId(), at };
  return [
    {
      ...{ kind: 'click', at, token: one.token, workspaceId, poolId, botId, mode: 'bridge', url },
      ...{ fbp: one.fbp, fbc: null, fbi: null, ip: one.ip, userAgent: one.userAgent, hints: {} },
      ...{ referrer: `https://l.facebook.com/?u=${one.fbclid}`, language: 'pt-BR', consent: 'granted' },
    },
    {
      kind: 'cookies',
      at: at + 1,
      token: one.token,
      fbp: one.fbp,
      fbc: null,
      fbi: null,
      pageType: 'bridge',
    },
    {
      ...{
        kind: 'collect',
        at,
        ...request,
        skewMs: 0,
        ip: one.ip,
        userAgent: one.userAgent,
        isSpam: false,
      },
      items: [
        view(0, path, { ...times, title: `Olá ${one.name}` }),
        event(0, path, { id: buildId(), at: at + 1, label: one.email, data: { who: one.email } }),
        lead(0, path, {
          ...{ id: buildId(), at: at + 2, name: one.name, email: one.email, phone: `+${one.phone}` },
          ...{ externalId: one.externalId, message: `Sou ${one.name}`, metadata: { mail: one.email } },
        }),
      ],
    },
  ];
}
