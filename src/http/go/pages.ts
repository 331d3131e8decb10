import { buildTrackingToken } from '../../domain/ids.ts';
import type { EdgePool } from '../../settings/types.ts';
import { type PageLanguage, readPageLanguage } from '../pages/language.ts';
import { type BridgeView, buildBridge } from './bridge-page.ts';
import { buildBridgePolicy } from './bridge-policy.ts';
import { buildNotice, type NoticeStatus } from './notice-page.ts';
import { buildTemplate, fillTemplate, type SlotValues, type Template } from './slots.ts';

/** A page ready to send. */
export interface FilledPage {
  readonly html: string;
  readonly bytes: number;
  readonly policy: string;
}

interface CutPage {
  readonly page: Template;
  readonly policy: Template;
}

const NOTHING: SlotValues = { nonce: '', username: '', token: '', at: '', known: '0', botId: '' };
const MAX_LANGUAGES = 1000;

/** Makes each page of each pool once, and again when the pool has changed. */
export class Pages {
  readonly #bridges = new WeakMap<EdgePool, Map<string, CutPage>>();
  readonly #notices = new Map<string, CutPage>();
  readonly #languages = new Map<string, PageLanguage>();

  /** The bridge page with one answer's values and a fresh nonce. */
  bridge(view: BridgeView, values: Omit<SlotValues, 'nonce'>): FilledPage {
    return fill(this.#bridgeOf(view), values);
  }

  /** The page of an answer without the bridge. */
  notice(status: NoticeStatus, language: PageLanguage): FilledPage {
    const key = `${status} ${language}`;
    let cut = this.#notices.get(key);
    if (!cut) {
      cut = buildNotice(status, language);
      this.#notices.set(key, cut);
    }
    return fill(cut, NOTHING);
  }

  /** The language of an Accept-Language header; few headers make up nearly all traffic. */
  language(header: string | undefined): PageLanguage {
    const key = header ?? '';
    const known = this.#languages.get(key);
    if (known) return known;
    const language = readPageLanguage(header);
    if (key.length <= 200) {
      if (this.#languages.size >= MAX_LANGUAGES) this.#languages.clear();
      this.#languages.set(key, language);
    }
    return language;
  }

  #bridgeOf(view: BridgeView): CutPage {
    let cuts = this.#bridges.get(view.pool);
    if (!cuts) {
      cuts = new Map();
      this.#bridges.set(view.pool, cuts);
    }
    const key = `${view.language} ${view.kind} ${view.consent}`;
    let cut = cuts.get(key);
    if (!cut) {
      cut = {
        page: buildTemplate(buildBridge(view)),
        policy: buildTemplate(buildBridgePolicy(view.pool, view.kind)),
      };
      cuts.set(key, cut);
    }
    return cut;
  }
}

function fill(cut: CutPage, values: Omit<SlotValues, 'nonce'>): FilledPage {
  // A nonce must be unguessable and used once, as a token is.
  const all = { ...values, nonce: buildTrackingToken() };
  const { html, bytes } = fillTemplate(cut.page, all);
  return { html, bytes, policy: fillTemplate(cut.policy, all).html };
}
