/// Placeholder of the target while it is being written.
package enum Supervision {}
