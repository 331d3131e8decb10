import type { Gateway } from './gateway.ts';
import { pushinpay } from './pushinpay.ts';
import { sandbox } from './sandbox.ts';

/** Every gateway that an account can be at: one line each. */
export const gateways: readonly Gateway[] = [sandbox, pushinpay];

/** The gateway of an id, if there is one. */
export const findGateway = (id: string): Gateway | undefined => gateways.find((gateway) => gateway.id === id);
