import { entryOf } from '../ledger/arrival.js';
import { created } from '../testing/given.js';
import { csvHeader, csvRow } from './csv.js';

describe('an event as a row for a spreadsheet', () => {
  it('quotes what has commas, quotes or ends of lines, and has as many cells as there are columns', () => {
    const row = csvRow(entryOf(created(1), 7));
    expect(row.startsWith('7,2026-11-24T10:00:00.000001Z,')).toBe(true);
    expect(row).toContain('"{""image_id"":');
    expect(row.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)).toHaveLength(csvHeader.split(',').length);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('never hands %j to a spreadsheet as a formula', (text) => {
    const entry = { ...entryOf(created(1), 0), correlation_id: text };
    expect(csvRow(entry)).toContain(`,'${text}`);
  });
});
