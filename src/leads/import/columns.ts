import { withoutAccents } from '../../domain/identity.ts';

/** What a column of a file may hold. */
export type ImportField = keyof typeof NAMES;

// Each name in small letters without accents and punctuation.
const NAMES = {
  externalId: [
    'external id, externalid, id externo, lead id, id do lead, id lead, codigo, codigo do lead, code, contact id, id',
  ],
  orderId: [
    'order id, order, order number, id do pedido, numero do pedido, n do pedido, pedido, id da venda, venda, sale id',
    'transaction id, transaction, id da transacao, transacao, codigo da transacao, invoice',
  ],
  name: [
    'name, nome, full name, nome completo, cliente, customer, customer name, nome do cliente, contato, lead',
  ],
  firstName: ['first name, firstname, primeiro nome'],
  lastName: ['last name, lastname, surname, sobrenome, ultimo nome'],
  email: [
    'email, e mail, mail, email address, e mail address, endereco de e mail, endereco de email, email do cliente',
  ],
  phone: [
    'phone, phone number, telephone, mobile, mobile phone, cell, cellphone, whatsapp, telefone, celular, fone, tel',
    'numero de telefone, telefone celular, numero, whats',
  ],
  company: ['company, company name, organization, empresa, nome da empresa, organizacao, razao social'],
  message: [
    'message, mensagem, notes, note, comments, observacao, observacoes, obs, comentario, comentarios',
  ],
  formLocation: ['form location, form, formulario, origem do formulario'],
  createdAt: [
    'created at, created, create date, creation date, lead date, data de criacao, criado em, data do lead',
    'data de cadastro, data do cadastro, cadastro, data de entrada',
  ],
  wonAt: [
    'sale date, sold at, won at, close date, closed at, purchase date, paid at, conversion date, conversion time',
    'data da venda, data venda, vendido em, data de fechamento, fechado em, data da compra, data do pagamento',
    'pago em, data da conversao',
  ],
  date: ['date, data, data e hora, data hora, datetime, timestamp, quando'],
  value: [
    'value, amount, total, price, sale value, revenue, deal value, conversion value, stage value',
    'valor, valor da venda, valor total, preco, receita, valor do negocio, valor pago, valor da conversao',
  ],
  currency: ['currency, currency code, moeda, conversion currency'],
  stage: ['stage, stage name, status, lead status, etapa, estagio, fase, situacao'],
} as const;

const FIELD_BY_NAME = new Map<string, ImportField>(
  fieldsOf(NAMES).flatMap((field) =>
    NAMES[field].flatMap((names) => names.split(', ')).map((name) => [name, field] as const),
  ),
);

function fieldsOf<T extends object>(names: T): (keyof T)[] {
  const isField = (name: string): name is Extract<keyof T, string> => name in names;
  return Object.keys(names).filter(isField);
}

/** Which column holds what; the first column of a meaning counts. */
export type Columns = ReadonlyMap<ImportField, number>;

/** Recognises the columns of a file by its header, in Portuguese and English; unknown ones are left out. */
export function readColumns(header: readonly string[]): Columns {
  const columns = new Map<ImportField, number>();
  for (const [index, title] of header.entries()) {
    const field = FIELD_BY_NAME.get(buildName(title));
    if (field !== undefined && !columns.has(field)) columns.set(field, index);
  }
  return columns;
}

const buildName = (title: string): string =>
  withoutAccents(title.toLowerCase())
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
