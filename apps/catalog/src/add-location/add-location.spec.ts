import { created, imageAfter, owner, refusal, uploaded, user } from '../image/testing/given.js';
import { addLocation } from './add-location.js';

describe('adding a location', () => {
  const service = user(['member', 'service']);

  it('given a person, then it is forbidden, whatever the status', () => {
    expect(() => addLocation(owner, imageAfter(created()))).toThrow(refusal('forbidden'));
    expect(() => addLocation(owner, imageAfter(created(), ...uploaded()))).toThrow(refusal('forbidden'));
  });

  it('given an image that has its data, then a service is told so', () => {
    expect(() => addLocation(service, imageAfter(created(), ...uploaded()))).toThrow(refusal('status-conflict'));
  });

  it('given a queued image, then no store takes it', () => {
    expect(() => addLocation(service, imageAfter(created()))).toThrow(refusal('unsupported-location'));
  });
});
