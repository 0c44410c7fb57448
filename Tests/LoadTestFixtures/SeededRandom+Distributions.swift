import Foundation
package import LoadGeneration

extension SeededRandom {
    /// A normal deviate with mean 0 and variance 1 (Box and Muller).
    package mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }

    /// A duration from microseconds to minutes, distributed as a service's: log-normal.
    package mutating func microseconds() -> UInt64 { UInt64(min(3.5e9, exp(11 + 2.5 * normal()))) }
}
