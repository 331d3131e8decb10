import { createHash } from 'node:crypto';
import type { FraudCase } from './fraud-cases.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

/** How a labelled set is made. */
export interface GenerateOptions {
  readonly seed: number;
  /** How many people, about; a burst is not cut short. */
  readonly rows: number;
}

/** One kind of traffic; shares are between 0 and 1. */
interface Kind {
  readonly name: string;
  readonly isFraud: boolean;
  /** Of all people. */
  readonly share: number;
  readonly abroad: number;
  readonly hasClickId: number;
  readonly isBot: number;
  /** How many come between 03:00 and 07:00 local; the others as people's days are. */
  readonly night: number;
  /** Click to start: half of all are faster than this, in seconds. */
  readonly medianSeconds: number;
  /** From an address that many share: of how many such addresses, and how many people come in one go. */
  readonly shared: {
    readonly share: number;
    readonly addresses: number;
    readonly burst: readonly [number, number];
  };
}

const ALONE = { share: 0, addresses: 1, burst: [1, 1] } as const;
/** A mobile carrier's exits: hundreds of people behind each, who come independently. */
const CARRIER = { share: 0.3, addresses: 120, burst: [1, 2] } as const;

/**
 * What comes to a bot that sells in Brazil. The kinds overlap on purpose: honest people are abroad, awake at night
 * and organic, and frauds come by day, from Brazil and with a click id. Written down before anything was measured.
 */
const KINDS: readonly Kind[] = [
  {
    ...{ name: 'buyer from an ad', isFraud: false, share: 0.6, abroad: 0.01, hasClickId: 0.97, isBot: 0.002 },
    ...{ night: 0.04, medianSeconds: 9, shared: CARRIER },
  },
  {
    ...{
      name: 'organic, from a friend or a group',
      isFraud: false,
      share: 0.15,
      abroad: 0.03,
      hasClickId: 0,
    },
    ...{ isBot: 0.004, night: 0.05, medianSeconds: 12, shared: CARRIER },
  },
  {
    ...{ name: 'awake at night', isFraud: false, share: 0.06, abroad: 0.01, hasClickId: 0.85, isBot: 0.002 },
    ...{ night: 0.9, medianSeconds: 8, shared: CARRIER },
  },
  {
    ...{
      name: 'abroad, or behind a VPN',
      isFraud: false,
      share: 0.04,
      abroad: 1,
      hasClickId: 0.85,
      isBot: 0.005,
    },
    ...{ night: 0.15, medianSeconds: 11, shared: ALONE },
  },
  {
    ...{ name: 'farm of phones', isFraud: true, share: 0.04, abroad: 0.1, hasClickId: 0.7, isBot: 0.02 },
    ...{ night: 0.25, medianSeconds: 2.4, shared: { share: 1, addresses: 12, burst: [4, 25] } },
  },
  {
    ...{ name: 'proxies abroad', isFraud: true, share: 0.05, abroad: 0.93, hasClickId: 0.3, isBot: 0.08 },
    ...{ night: 0.25, medianSeconds: 5, shared: { share: 0.4, addresses: 60, burst: [1, 6] } },
  },
  {
    ...{ name: 'replayed link', isFraud: true, share: 0.03, abroad: 0.5, hasClickId: 0, isBot: 0.05 },
    ...{ night: 0.2, medianSeconds: 6, shared: { share: 0.5, addresses: 40, burst: [1, 8] } },
  },
  {
    ...{ name: 'script at night', isFraud: true, share: 0.03, abroad: 0.6, hasClickId: 0.25, isBot: 0.45 },
    ...{ night: 0.85, medianSeconds: 1.8, shared: { share: 0.6, addresses: 15, burst: [2, 12] } },
  },
];

/** Labels that whoever labelled got wrong, either way. */
const LABEL_NOISE = 0.02;
const UNKNOWN_COUNTRY = 0.01;
const FOREIGN = ['US', 'PT', 'DE', 'NL', 'IN', 'VN', 'RU', 'AR', 'NG', 'ID'] as const;
const DAYS = 30;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 2, 2);
/** São Paulo is three hours behind, all year. */
const ZONE_MS = 3 * 3_600_000;
const SPREAD = 0.8;
const BURST_MS = 50_000;

/** People's days: weight of each hour, 0 to 23 local; the hours of the night are another matter. */
const DAY_HOURS: readonly (readonly [number, number])[] = [
  ...[3, 2, 1, 0, 0, 0, 0, 3, 5, 7, 8, 8, 10, 9, 8, 8, 8, 9, 10, 12, 14, 14, 12, 7],
].map((weight, hour) => [hour, weight] as const);

/** Makes a labelled set; the same seed always makes the same one. */
export function generateFraud({ seed, rows }: GenerateOptions): readonly FraudCase[] {
  const random = createSeededRandom(seed);
  const weighted = KINDS.map((kind) => [kind, kind.share / meanBurst(kind)] as const);
  const cases: FraudCase[] = [];
  while (cases.length < rows)
    cases.push(...generateVisit(random, random.pick(weighted), { seed, from: cases.length }));
  return cases;
}

/** A kind that comes in bursts is drawn less often, so that its people have their share. */
function meanBurst({ shared: { share, burst } }: Kind): number {
  return 1 - share + share * ((burst[0] + burst[1]) / 2);
}

/** One person, or all of a burst from one address. */
function generateVisit(
  random: SeededRandom,
  kind: Kind,
  { seed, from }: { readonly seed: number; readonly from: number },
): FraudCase[] {
  const [least, most] = kind.shared.burst;
  const isShared = random.chance(kind.shared.share);
  const count = isShared ? least + random.below(most - least + 1) : 1;
  const address = isShared ? `${kind.name}/${random.below(kind.shared.addresses)}` : `own/${from}`;
  const country = generateCountry(random, kind);
  const at = generateTime(random, kind);
  return Array.from({ length: count }, (_none, index) => {
    const startedAt = new Date(at + (count === 1 ? 0 : random.below(BURST_MS)));
    const hasClick = random.chance(0.97);
    const seconds = random.logNormal(kind.medianSeconds, SPREAD);
    return {
      id: `${seed}-${from + index}`,
      isFraud: kind.isFraud !== random.chance(LABEL_NOISE),
      ipHash: createHash('sha256').update(`${seed}/${address}`).digest('hex').slice(0, 16),
      country,
      hasClickId: random.chance(kind.hasClickId),
      isBot: random.chance(kind.isBot),
      clickedAt: hasClick ? new Date(startedAt.getTime() - Math.round(seconds * 1000)) : null,
      startedAt,
    };
  });
}

function generateCountry(random: SeededRandom, { abroad }: Kind): string | null {
  if (random.chance(UNKNOWN_COUNTRY)) return null;
  return random.chance(abroad) ? (FOREIGN[random.below(FOREIGN.length)] ?? null) : 'BR';
}

function generateTime(random: SeededRandom, { night }: Kind): number {
  const hour = random.chance(night) ? 3 + random.below(4) : random.pick(DAY_HOURS);
  const inHour = random.below(3_600_000);
  return FIRST_DAY + random.below(DAYS) * DAY_MS + ZONE_MS + hour * 3_600_000 + inHour;
}
