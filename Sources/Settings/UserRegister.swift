/// Who has what only one may have.
struct UserRegister {
    struct User {
        var use: String
        var line: Int
    }

    private var users: [String: User] = [:]

    /// Returns the earlier user, if there is one.
    mutating func claim(_ thing: String, use: String, line: Int) -> User? {
        if let user = users[thing] { return user }
        users[thing] = User(use: use, line: line)
        return nil
    }
}
