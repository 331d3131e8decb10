import type { z } from 'zod';
import type { AnyAccess, Crm, CrmAccess, CrmClient, CrmDefinition, CrmOpening, CrmTrouble } from './crm.ts';

/** Closes a definition's types of credentials and settings in. */
export function defineCrm<Credentials, Settings>(definition: CrmDefinition<Credentials, Settings>): Crm {
  const { id, name, base, credentials, settings, webhooks, token, lookup, poll } = definition;
  return {
    id,
    name,
    base,
    credentials,
    settings,
    webhooks,
    hasToken: token !== null,
    hasLookup: lookup !== null,
    poll: poll && { everySeconds: poll.everySeconds },
    pushesLeads: (given) => {
      const parsed = settings.safeParse(given);
      return parsed.success && definition.pushesLeads(parsed.data);
    },
    open: (access) => openClient(definition, access),
    makeCredentials: () => definition.secrets?.make() ?? null,
    rotate: (given, until) => {
      const parsed = credentials.safeParse(given);
      return parsed.success && definition.secrets ? definition.secrets.rotate(parsed.data, until) : null;
    },
  };
}

function openClient<C, S>(definition: CrmDefinition<C, S>, access: AnyAccess): CrmOpening {
  const credentials = definition.credentials.safeParse(access.credentials);
  const settings = definition.settings.safeParse(access.settings);
  if (!credentials.success || !settings.success) {
    const fields = [...listFields(credentials, 'credentials'), ...listFields(settings, 'settings')];
    return { kind: 'invalid', reason: `${definition.name}: check ${fields.join(', ')}` };
  }
  const own = { ...access, credentials: credentials.data, settings: settings.data };
  return { kind: 'open', client: buildClient(definition, own) };
}

function listFields(result: z.ZodSafeParseResult<unknown>, part: string): string[] {
  if (result.success) return [];
  return [...new Set(result.error.issues.map((issue) => [part, ...issue.path].join('.')))];
}

const NOT_ASKED: CrmTrouble = { kind: 'rejected', reason: 'this CRM is not asked that' };

function buildClient<C, S>(definition: CrmDefinition<C, S>, own: CrmAccess<C, S>): CrmClient {
  const { token, lookup, poll, test } = definition;
  return {
    buildPush: (push) => definition.buildPush(push, own),
    readPush: (step, response, push) => definition.readPush(step, response, { push, access: own }),
    verifyWebhook: (webhook) => definition.verifyWebhook(webhook, own),
    readWebhook: (raw) => definition.readWebhook(raw, own),
    buildTest: () => test.build(own),
    readTest: (response) => test.read(response, own),
    buildToken: () => token?.build(own) ?? null,
    readToken: (response) => token?.read(response, own) ?? NOT_ASKED,
    buildDeal: (dealId) => lookup?.buildDeal(dealId, own) ?? null,
    readDeal: (response, dealId) => lookup?.readDeal(response, dealId, own) ?? NOT_ASKED,
    buildContact: (contactId) => lookup?.buildContact(contactId, own) ?? null,
    readContact: (response) => lookup?.readContact(response, own) ?? NOT_ASKED,
    buildPoll: (question) => poll?.build(question, own) ?? null,
    readPoll: (response) => poll?.read(response, own) ?? NOT_ASKED,
  };
}
