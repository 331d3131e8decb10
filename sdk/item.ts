/** Whether a person has allowed something. */
export type Choice = 'granted' | 'denied';

/** What a person has allowed; a part that is absent is left to the workspace's default. */
export interface Consent {
  ads?: Choice | undefined;
  analytics?: Choice | undefined;
}

/** One thing that happened, as `POST /api/collect` takes it. */
export interface Item {
  readonly type: 'page_view' | 'event' | 'lead';
  readonly id: string;
  /** RFC 3339, by the device's clock; the server corrects it by `sent_at`. */
  readonly occurred_at: string;
  readonly page_url: string;
  readonly [field: string]: unknown;
}
