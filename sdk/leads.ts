import { on } from './guard.ts';
import { buildLead, type LeadFields, readFieldName } from './lead-fields.ts';
import { addItem } from './view.ts';

// The same answers sent twice from one page are one lead: people press twice.
const known: Record<string, string> = {};

/** Adds a lead; answers its id, which is also the server's `lead_id`. */
export function addLead(lead: LeadFields): string {
  const text = JSON.stringify(lead);
  const id = known[text] ?? addItem('lead', lead);
  known[text] = id;
  return id;
}

/** Reads forms marked `data-rastro-lead` when they are sent. */
export function watchForms(): void {
  on(document, 'submit', (event) => {
    const form = event.target as HTMLFormElement;
    const place = form.dataset.rastroLead;
    if (place !== undefined) addLead(buildLead([...readForm(form), ['form_location', place || form.id]]));
  });
}

/** Fields whose names or types say what they are, and those marked `data-rastro-field`; nothing else leaves the page. */
function readForm(form: HTMLFormElement): [string, string][] {
  return (Array.from(form.elements) as HTMLInputElement[])
    .map(({ name, type, value, id, checked, dataset }): [string, string] => {
      const isChoice = /checkbox|radio/.test(type);
      const isRead = !isChoice && !/hidden|password|file/.test(type);
      const plain = isRead && (readFieldName(name || id) ?? readFieldName(type));
      return [dataset.rastroField || plain || '', isChoice && !checked ? '' : value];
    })
    .filter(([field]) => field);
}
