/// Every store that the suite tries. A new kind of store is one more name here.
let storesUnderTest: [StoreUnderTest] = [.memory, .sqlite, .redis].filter(\.isAvailable)
