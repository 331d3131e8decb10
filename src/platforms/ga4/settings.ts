import { z } from 'zod';
import { daysField, secretField } from '../fields.ts';

/** Made under Admin > Data streams > Measurement Protocol API secrets. */
export const ga4Credentials = z.strictObject({ api_secret: secretField });

/** Names that Google Analytics keeps for itself; an event of such a name is dropped without a word. */
const RESERVED = new Set(
  (
    'ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_background app_clear_data ' +
    'app_exception app_install app_remove app_store_refund app_update app_upgrade dynamic_link_app_open ' +
    'dynamic_link_app_update dynamic_link_first_open error firebase_campaign firebase_in_app_message_action ' +
    'firebase_in_app_message_dismiss firebase_in_app_message_impression first_open first_visit ' +
    'in_app_purchase notification_dismiss notification_foreground notification_open notification_receive ' +
    'os_update screen_view session_start session_start_with_rollout user_engagement'
  ).split(/\s+/),
);

/** Which data stream, and how a sale is named there. */
export const ga4Settings = z.strictObject({
  measurement_id: z.string().regex(/^G-[0-9A-Z]{4,20}$/, 'must be the id of a web stream such as G-XXXXXXX'),
  /** `purchase` by default; `generate_lead` where a sale is to count as a lead. */
  event_name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/, 'must be up to 40 letters, digits and _, beginning with a letter')
    .refine(
      (name) => !RESERVED.has(name) && !/^(?:ga_|google_|firebase_)/.test(name),
      'is a name that Google keeps',
    )
    .nullish(),
  lookback_days: daysField(365).nullish(),
});

/** Validated credentials. */
export type Ga4Credentials = z.infer<typeof ga4Credentials>;

/** Validated settings. */
export type Ga4Settings = z.infer<typeof ga4Settings>;
