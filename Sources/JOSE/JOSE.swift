// The JOSE module.
