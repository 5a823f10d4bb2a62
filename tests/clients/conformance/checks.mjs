// Counts what passed and what failed, one line each.

export class Checks {
  #passed = 0;
  #failed = 0;

  /** Something that has to be true. */
  that(holds, name, why = '') {
    if (holds) {
      this.#passed += 1;
      console.log(`ok   ${name}`);
    } else {
      this.#failed += 1;
      console.log(`FAIL ${name}${why ? `: ${String(why).slice(0, 300)}` : ''}`);
    }
    return holds;
  }

  /** Something that has to be done within half a minute, without an error. */
  async done(name, doIt) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('it took more than 30 seconds')), 30_000);
    });
    try {
      await Promise.race([doIt(), late]);
      this.that(true, name);
    } catch (error) {
      this.that(false, name, error?.message ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Says how it went, and ends the process accordingly. Nothing counted is a failure. */
  end() {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    process.exit(this.#failed === 0 && this.#passed > 0 ? 0 : 1);
  }
}
