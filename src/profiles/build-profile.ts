import { countFullestMinute } from '../domain/bot-score.ts';
import { readLocalTime } from '../domain/local-time.ts';
import { buildRisk, type Risk } from './build-risk.ts';
import type { ProfileRules } from './profile-rules.ts';

/** What is known of a bot user when the profile is made. */
export interface ProfileFacts {
  readonly botUserId: string;
  readonly workspaceId: string;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly ipHash: string | null;
  readonly deviceType: string | null;
  readonly browserName: string | null;
  readonly osName: string | null;
  readonly isMobile: boolean | null;
  readonly isBot: boolean;
  readonly hasClickId: boolean;
  readonly matchedBy: string | null;
  readonly clickAt: Date | null;
  /** The start that brought the click; null when none did. */
  readonly clickStartAt: Date | null;
  readonly firstInteraction: Date;
  readonly starts: number;
  readonly payments: number;
  readonly paid: number;
  /** First contacts of people of the same address, this one included; ms since 1970. */
  readonly neighbours: readonly number[];
  /** By the database's clock. */
  readonly readAt: Date;
}

/** A profile as SQL and the API show it. */
export interface Profile {
  readonly location: {
    readonly city: string | null;
    readonly state: string | null;
    readonly country: string | null;
    readonly ip_hash: string | null;
  };
  readonly device: {
    readonly type: string | null;
    readonly browser: string | null;
    readonly os: string | null;
    readonly is_mobile: boolean | null;
  };
  readonly behavior: {
    readonly click_to_start_seconds: number | null;
    readonly access_hour: number;
    readonly access_weekday: number;
    readonly starts: number;
    readonly payments: number;
    readonly paid: number;
  };
  readonly quality: Risk & {
    readonly has_click_id: boolean;
    readonly matched_by: string | null;
  };
}

/** Works a profile out; the same facts and rules always make the same one. */
export function buildProfile(facts: ProfileFacts, rules: ProfileRules): Profile {
  const behavior = buildBehavior(facts, rules);
  return {
    location: { city: facts.city, state: facts.state, country: facts.country, ip_hash: facts.ipHash },
    device: {
      type: facts.deviceType,
      browser: facts.browserName,
      os: facts.osName,
      is_mobile: facts.isMobile,
    },
    behavior,
    quality: buildQuality(facts, rules, behavior),
  };
}

function buildBehavior(facts: ProfileFacts, { timezone }: ProfileRules): Profile['behavior'] {
  const { clickAt, clickStartAt } = facts;
  const { hour, weekday } = readLocalTime(clickStartAt ?? facts.firstInteraction, timezone);
  const { starts, payments, paid } = facts;
  return {
    click_to_start_seconds: clickAt && clickStartAt ? countSeconds(clickAt, clickStartAt) : null,
    access_hour: hour,
    access_weekday: weekday,
    ...{ starts, payments, paid },
  };
}

// The clocks of two machines may differ by a little: nobody starts before the click.
const countSeconds = (from: Date, to: Date): number => Math.max(0, (to.getTime() - from.getTime()) / 1000);

function buildQuality(
  facts: ProfileFacts,
  rules: ProfileRules,
  behavior: Profile['behavior'],
): Profile['quality'] {
  const { isBot, hasClickId, country } = facts;
  const risk = buildRisk(
    {
      isBot,
      usersInMinute: countFullestMinute(facts.firstInteraction.getTime(), facts.neighbours),
      clickToStartSeconds: behavior.click_to_start_seconds,
      isDatacenter: null,
      country,
      hasClickId,
      hour: behavior.access_hour,
    },
    rules,
  );
  return { ...risk, has_click_id: hasClickId, matched_by: facts.matchedBy };
}
