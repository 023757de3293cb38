// @ts-check
/** What a browser remembers for this page, where it lets it remember anything. */

/** @param {Storage} storage @param {string} key */
export function stored(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {Storage} storage @param {string} key @param {string} value */
export function store(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    // A browser without storage forgets the choice with the page; nothing else depends on it.
  }
}

/** @param {string} key */
export function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}
