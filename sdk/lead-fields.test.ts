import { expect, test } from 'vitest';
import { buildLead, readFieldName } from './lead-fields.ts';

test.each([
  ['email', ['email', 'E-mail', 'your-email', 'form_fields[email]', 'user_email', 'email_address']],
  [
    'phone',
    [
      'phone',
      'telefone',
      'Telefone',
      'your-tel',
      'celular',
      'whatsapp',
      'WhatsApp',
      'zap',
      'fone_contato',
      'mobile',
    ],
  ],
  ['name', ['name', 'nome', 'Nome completo', 'your-name', 'full_name', 'first_name', 'primeiro_nome']],
  ['last', ['last_name', 'sobrenome', 'lastname']],
  ['company', ['company', 'empresa', 'company_name', 'nome_empresa', 'organization', 'organização']],
  ['message', ['message', 'mensagem', 'your-message', 'comentário', 'comments']],
  ['form_location', ['form_location']],
  [undefined, ['cpf', 'hotel', 'username', 'card_name', 'senha', 'q', '']],
])('%s', (field, names) => {
  for (const name of names) expect([name, readFieldName(name)]).toEqual([name, field]);
});

test('a lead takes the first value of a field, joins the names and keeps the rest as extensions', () => {
  const lead = buildLead([
    ['nome', 'Ana'],
    ['sobrenome', 'Souza'],
    ['telefone', ''],
    ['whatsapp', '11 98765-4321'],
    ['fone', '11 3333-4444'],
    ['cargo', 'Compras'],
    ['mensagem', undefined],
  ]);
  expect(lead).toEqual({ name: 'Ana Souza', phone: '11 98765-4321', extensions: { cargo: 'Compras' } });
});

test('the API’s own names pass as they are', () => {
  const own = {
    name: 'A',
    external_id: 'x1',
    extensions: { a: 'b' },
    metadata: { c: 1 },
    form_location: 'f',
  };
  expect(buildLead(Object.entries(own))).toEqual(own);
});
