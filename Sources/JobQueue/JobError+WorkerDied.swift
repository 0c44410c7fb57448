extension JobError {
    /// Why a job is given up whose worker died or fell silent under it `times` times.
    package static func workerDied(times: Int) -> JobError {
        JobError(
            .internal,
            "The job was started \(times) times and its worker died each time, so it is not tried again. "
                + "Please try another picture, and tell whoever runs this service.")
    }
}
