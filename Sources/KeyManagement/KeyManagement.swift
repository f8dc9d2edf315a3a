// The KeyManagement module.
