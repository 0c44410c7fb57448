/// Every store that the suite tests. A new kind of store is one more name here.
let storesUnderTest: [StoreUnderTest] = [.memory, .sqlite, .redis, .socket]
