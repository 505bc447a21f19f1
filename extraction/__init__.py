"""Reading clinical notes: prose to the patient summary that the matcher knows, with the words behind each fact."""
