/** Meta joins a browser event and a server event by name and id: these are the ids both sides use. */

/** PageView of a click; also the click's `root_event_id`. */
export const pageViewEventId = (trackingToken: string): string => `evt_${trackingToken}`;

/** ViewContent of the first /start that came from a click; one a click. */
export const viewContentEventId = (trackingToken: string): string => `view_${trackingToken}`;

/** InitiateCheckout of a charge. */
export const checkoutEventId = (paymentId: string): string => `checkout_${paymentId}`;

/** Purchase of a paid payment, the same in the delivery page and on the server. */
export const purchaseEventId = (paymentId: string): string => `purchase_${paymentId}`;
