// Why nothing about targets can be changed with a test key: the API would refuse it.
export function NotWithTestKey() {
  return (
    <p class="note">
      A test key can use the targets that are set up, but not set up, change, try or delete one: they serve live tokens,
      too. Sign in with a live key for that.
    </p>
  );
}
