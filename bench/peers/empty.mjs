// A Worker that does nothing at all.
// It shows what the runtime and the load generator cost by themselves: the ceiling of any Worker here.
export default {
  fetch() {
    return new Response('{}', { headers: { 'Content-Type': 'application/json' } });
  },
};
