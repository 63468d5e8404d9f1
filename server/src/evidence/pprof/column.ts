/** A growing column of 32-bit integers. */
export class IntColumn {
  #data = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length++] = value;
  }

  /** What is there now; valid until the next `push`. */
  peek(): Int32Array {
    return this.#data;
  }

  /** The filled part; the column is not to be used afterwards. */
  done(): Int32Array {
    return this.#data.subarray(0, this.length);
  }
}

/** A growing column of numbers. */
export class FloatColumn {
  #data = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length++] = value;
  }

  /** The filled part; the column is not to be used afterwards. */
  done(): Float64Array {
    return this.#data.subarray(0, this.length);
  }
}
