/** A statement in the making: its values, numbered as they are bound. */
export class Statement {
  readonly values: unknown[] = [];

  bind(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}
