import type { Crm } from './crm.ts';
import { email } from './email.ts';
import { hubspot } from './hubspot.ts';
import { pipedrive } from './pipedrive.ts';
import { rdstation } from './rdstation.ts';
import { salesforce } from './salesforce.ts';
import { webhook } from './webhook.ts';

/** Every kind of connection: one line each. */
export const crms: readonly Crm[] = [webhook, hubspot, pipedrive, rdstation, salesforce, email];

/** The CRM of an id, if there is one. */
export const findCrm = (id: string): Crm | undefined => crms.find((crm) => crm.id === id);
