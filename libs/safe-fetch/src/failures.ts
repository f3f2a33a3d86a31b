/**
 * Nothing was got. Why is for the operator's log alone (`cause`): the message is the same for a port that is closed, one
 * that does not answer, and one behind which something else than a web server lives, or a caller could map a network.
 */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  constructor(cause: unknown) {
    super('The URL could not be fetched.', { cause });
  }
}

/** The server announces more than may be taken. */
export class FetchTooLarge extends Error {
  override readonly name = 'FetchTooLarge';
}
