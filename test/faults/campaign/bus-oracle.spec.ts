import type { Row } from '../oracles.ts';
import type { BusRecord } from './bus.ts';
import { busHasTheLog } from './bus-oracle.ts';

const event = (stream: string, version: number): Row => ({
  stream,
  version,
  event_id: `${stream}-${version}`,
  type: 'ImageRenamed',
  data: {},
  recorded_at: new Date(0),
});
const on = (partition: number, number: number, { stream, version, event_id }: Row): BusRecord => ({
  topic: 'cloud-images.image',
  partition,
  key: stream,
  value: '',
  headers: { ce_stream: stream, ce_streamversion: String(version), ce_id: event_id, ce_number: String(number) },
});

describe('O6, the bus has the log', () => {
  const log = [event('a', 1), event('a', 2), event('b', 1)];
  const all = log.map((one, i) => on(0, i + 1, one));
  const objections = (before: Row[], after: Row[], records: BusRecord[], madeAnew = false) =>
    busHasTheLog({ before, after }, records, madeAnew).violations;

  it('given all of it in order, some of it again, then nothing is wrong', () => {
    expect(objections(log, log, [...all, all[1] as BusRecord])).toEqual([]);
  });

  it('given what the housekeeping appended while the topics were read, then nothing is wrong', () => {
    const later = event('b', 2);
    expect(objections(log, [...log, later], [...all, on(0, 4, later)])).toEqual([]);
    expect(objections(log, [...log, later], all)).toEqual([]);
  });

  it('given an event that no log has, another one in its place, or one that never came, then it is named', () => {
    expect(objections(log, log, [...all, on(0, 4, event('b', 2))])).toEqual(['b/2: b-2 is not in the log']);
    expect(objections(log, log, all.with(1, on(0, 2, { ...event('a', 2), event_id: 'other' })))).toEqual([
      'a/2: other is not in the log',
    ]);
    expect(objections(log, log, all.slice(0, 2))).toEqual(['b: the topic ends with version 0, the log with 1']);
  });

  it('given a key out of order, then that is said, but for what a topic had before it was filled again', () => {
    const [first, second, third] = all as [BusRecord, BusRecord, BusRecord];
    const late = [second, third, first, second];
    expect(objections(log, log, late)).toEqual(['a: version 2 came where 1 was due']);
    expect(objections(log, log, [second, first, second, third], true)).toEqual([]);
  });
});
