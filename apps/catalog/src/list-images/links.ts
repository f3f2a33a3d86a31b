import type { ListQuery } from './list-query.js';

const COLLECTION = '/v2/images';

/** The first page of the same query: every parameter but the marker, repeated ones too. */
export const firstLink = ({ parameters }: ListQuery): string => link(without(parameters));

/** The page after the image with this id. */
export const nextLink = ({ parameters }: ListQuery, marker: string): string =>
  link([...without(parameters), ['marker', marker]]);

type Parameters = ListQuery['parameters'];
const without = (parameters: Parameters): Parameters => parameters.filter(([key]) => key !== 'marker');

function link(parameters: Parameters): string {
  const query = new URLSearchParams(parameters as [string, string][]).toString();
  return query === '' ? COLLECTION : `${COLLECTION}?${query}`;
}
