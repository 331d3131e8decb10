import type { Click, ClickSurroundings } from '../domain/click.ts';
import type { Geo } from '../io/geo/geo.ts';
import { openUserAgents, type UserAgents } from '../io/user-agent/user-agents.ts';
import { judgeVisitor } from './bot-reasons.ts';

/** What a request says of whoever sent it. */
export interface VisitorEvidence {
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Client hints, Sec-Fetch-Mode and X-Requested-With, by lower-case header name. */
  readonly hints: Readonly<Record<string, string>>;
  readonly acceptLanguage: string | null;
  /** Whether the page was asked for over https. */
  readonly isSecure: boolean;
}

/** Works out where a visitor is, what it holds, and whether it is a person. The same for clicks and visits. */
export interface Enricher {
  /** Resolves when the geo data is loaded; without it, places are unknown. Never rejects. */
  ready(): Promise<void>;
  visitor(evidence: VisitorEvidence): ClickSurroundings;
  /** Where an address is, and whether its network rents out servers; null = nobody knows. */
  origin(ip: string | null): { readonly country: string | null; readonly isDatacenter: boolean | null };
  /** The click with its surroundings. */
  click(click: Click): Click;
}

/** Makes an enricher; without geo data (null) every place is unknown. */
export function createEnricher({ geo }: { readonly geo: Geo | null }): Enricher {
  const userAgents = openUserAgents();
  const visitor = (evidence: VisitorEvidence) => enrichVisitor({ geo, userAgents }, evidence);
  return {
    ready: async () => geo?.ready(),
    visitor,
    origin: (ip) => ({
      country: (ip === null ? null : geo?.place(ip)?.country) ?? null,
      isDatacenter: (ip === null ? null : geo?.network(ip)?.isDatacenter) ?? null,
    }),
    click: (click) => ({ ...click, ...visitor(readEvidence(click)) }),
  };
}

function readEvidence(click: Click): VisitorEvidence {
  return {
    ip: click.clientIp,
    userAgent: click.clientUserAgent,
    hints: click.clientHints,
    acceptLanguage: click.acceptLanguage,
    isSecure: click.eventSourceUrl.startsWith('https:'),
  };
}

interface Sources {
  readonly geo: Geo | null;
  readonly userAgents: UserAgents;
}

function enrichVisitor({ geo, userAgents }: Sources, evidence: VisitorEvidence): ClickSurroundings {
  const { ip } = evidence;
  const place = ip === null ? null : (geo?.place(ip) ?? null);
  const network = ip === null ? null : (geo?.network(ip) ?? null);
  const isDatacenter = network?.isDatacenter ?? null;
  const verdict = judgeVisitor({ ...evidence, isDatacenter, isBurst: false });
  return {
    ...userAgents.device(evidence),
    geoCity: place?.city ?? null,
    geoState: place?.state ?? null,
    geoCountry: place?.country ?? null,
    geoLatitude: place?.latitude ?? null,
    geoLongitude: place?.longitude ?? null,
    asn: network?.asn ?? null,
    isDatacenter,
    isBotDetected: verdict.isBot,
    botReasons: verdict.reasons,
    botClass: verdict.botClass,
  };
}
